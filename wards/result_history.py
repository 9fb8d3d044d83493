"""A result as its readers see it: each value with what it means and why, and its versions."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wards.models import Interpretation, Result, ResultStatus, ResultVersion, Role, User
from wards.results import states, telling
from wards.results.meanings import Basis
from wards.results.versions import Value, of_json
from wards.roles import wards_of

WHY: dict[Basis, Promise | str] = {
    Basis.FLAG: gettext_lazy("by the laboratory's flag"),
    Basis.OWN_FLAG: gettext_lazy("by the hospital's table of flags"),
    Basis.LIMIT: gettext_lazy("by the hospital's limit"),
    Basis.RANGE: gettext_lazy("by the range given"),
    Basis.TEXT: gettext_lazy("by its words"),
    Basis.STATUS: gettext_lazy("by its status"),
    Basis.NONE: "",
}
TONES = {
    Interpretation.CRITICAL: "critical",
    Interpretation.ABNORMAL: "warning",
    Interpretation.NOT_INTERPRETED: "warning",
    Interpretation.NORMAL: "success",
    Interpretation.PRELIMINARY: "info",
}


@dataclass(frozen=True)
class Line:
    """One value as it was sent, and what it means."""

    value: Value

    @property
    def interpretation(self) -> Interpretation:
        return Interpretation(self.value.verdict.interpretation)

    @property
    def tone(self) -> str:
        return TONES.get(self.interpretation, "neutral")

    @property
    def flag(self) -> str:
        return " ".join(filter(None, self.value.observation.flags))

    @property
    def why(self) -> str:
        return str(WHY[self.value.verdict.basis])

    @property
    def readings(self) -> str:
        """The numbers it can be read as, where they are several."""
        return " / ".join(self.value.verdict.readings)


@dataclass(frozen=True)
class Version:
    """What the result said in one of its versions, and what that changed."""

    number: int
    at: datetime
    status: ResultStatus
    interpretation: Interpretation
    changes: list[str]

    @property
    def tone(self) -> str:
        return TONES.get(self.interpretation, "neutral")


@dataclass(frozen=True)
class Sheet:
    """All that is known of a result."""

    result: Result
    lines: list[Line]
    versions: list[Version]
    says_normal: bool
    says_within_range: bool

    @property
    def tone(self) -> str:
        return TONES.get(Interpretation(self.result.interpretation), "neutral")


def may_read(user: User, result: Result) -> bool:
    """Who ordered it, who is on duty where the patient is, and whoever was told of it."""
    if user.role == Role.PATIENT:
        return False
    stay = result.admission
    places = [ward for ward in (result.ward_id, stay.ward_id if stay else None) if ward]
    return (
        result.provider_id == user.pk
        or wards_of(user).filter(pk__in=places).exists()
        or user.role in (Role.ADMIN, Role.HOSPITAL_MANAGER)
        or result.notifications.filter(recipient=user).exists()
    )


def sheet(result: Result) -> Sheet:
    """One query for the versions."""
    state = _state(result)
    versions = list(result.versions.order_by("number"))
    told = [_version(before, now) for before, now in pairwise([None, *versions]) if now]
    return Sheet(
        result,
        lines=[Line(value) for value in state.values],
        versions=told[::-1],
        says_normal=state.meaning.may_say_normal,
        says_within_range=state.meaning.may_say_within_range,
    )


def _state(row: Result | ResultVersion) -> states.State:
    at = row.created_at if isinstance(row, Result) else row.at
    return states.known(row.status, at, row.observations)


def _version(before: ResultVersion | None, now: ResultVersion) -> Version:
    was = telling.differences(_state(before) if before else None, _state(now))
    is_new = {value.key: value for value in map(of_json, now.observations)}
    changes = [
        _("%(name)s from %(before)s to %(now)s")
        % {
            "name": is_new[key].observation.name,
            "before": old,
            "now": is_new[key].observation.value or "–",
        }
        for key, old in was.items()
        if key in is_new
    ]
    return Version(
        now.number, now.at, ResultStatus(now.status), Interpretation(now.interpretation), changes
    )

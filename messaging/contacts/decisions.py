"""What a colleague decides about an address, with the reason; kept as an event."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.contacts import ledger
from messaging.contacts.ledger import Entry, Key
from messaging.models import AddressConsent, Ground, Source
from wards import events
from wards.base import text as cleaning
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event, Patient, User

LONGEST = 200  # characters of a reason


@transaction.atomic
def refuse(
    *, key: Key, by: User, reason: str, ground: str = Ground.REFUSED, patient: Patient | None = None
) -> None:
    """Nothing goes there any more. Refused without a reason."""
    _note(key, [ground], stands=True, by=by, reason=reason, patient=patient)


@transaction.atomic
def allow(
    *,
    key: Key,
    by: User,
    reason: str,
    grounds: Collection[str] = tuple(Ground.values),
    patient: Patient | None = None,
) -> None:
    """What stands against it stands no more. Refused without a reason."""
    _note(key, grounds, stands=False, by=by, reason=reason, patient=patient)


def against(keys: Collection[Key | None]) -> dict[Key, list[AddressConsent]]:
    """What stands against these, the newest first. One query."""
    wanted = {key for key in keys if key}
    rows = AddressConsent.objects.filter(
        hospital__in={key.hospital for key in wanted},
        address__in={key.address for key in wanted},
        stands=True,
    )
    found: dict[Key, list[AddressConsent]] = {key: [] for key in wanted}
    for row in rows.select_related("actor").order_by("-since"):
        found.get(Key(row.hospital_id, row.channel, row.address), []).append(row)
    return found


def _note(
    key: Key,
    grounds: Collection[str],
    *,
    stands: bool,
    by: User,
    reason: str,
    patient: Patient | None,
) -> None:
    why = cleaning.line(reason)[:LONGEST]
    if not why:
        raise Refused(_("Say why, please: it is kept."))
    assert by.hospital is not None
    about: events.About = {} if patient is None else {"patient": patient}
    noted = ledger.note([Entry(key, ground, stands, Source.STAFF, why, by) for ground in grounds])
    for entry in noted:
        events.record(
            Kind.CONSENT_CHANGED,
            hospital=by.hospital,
            source=Event.Source.WEB,
            actor=by,
            data={
                "channel": key.channel, "ground": entry.ground, "stands": stands, "reason": why,
            },
            **about,
        )  # fmt: skip

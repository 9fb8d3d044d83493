"""The words of an alert about a result: no more than was said, the worst first, no word twice."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wards.base import bidi
from wards.kinds import Kind
from wards.models import Event, Interpretation

NEEDS = ("interpretation", "preliminary", "values", "more", "normal", "within_range", "bed")
SHOWN = 4  # values
LONGEST = 160  # characters of a report in words
Details = dict[str, Any]


def isolated(value: object) -> str:
    """A name or value as it stands among words of the active language."""
    return bidi.isolated(str(value or ""), translation.get_language() or "en")


def told(event: Event) -> str:
    """What has become of the result, where the patient is."""
    data = event.data
    sentences = [
        _("Preliminary.")
        if data["preliminary"] and event.kind == Kind.TEST_RESULT_CRITICAL
        else "",
        _ended(_body(data)),
        _("No longer critical.") if _is_taken_back(event) else "",
        _statement(data),
        _ended(place(event)),
    ]
    return " ".join(filter(None, sentences))


def status(event: Event) -> str:
    """That it is withdrawn or cancelled."""
    gone = event.data.get("interpretation") == Interpretation.CANCELLED
    return _("Cancelled") if gone else _("Withdrawn")


def place(event: Event) -> str:
    """Ward and bed of the patient."""
    bed = str(event.data.get("bed") or "")
    if bed and not bed.casefold().startswith("bed"):  # feeds like to call bed 5 "Bed 5"
        bed = _("bed %(bed)s") % {"bed": isolated(bed)}
    return ", ".join(filter(None, [isolated(event.ward), bed]))


def nobody(event: Event) -> str:
    """Why somebody is told who is not there for this patient."""
    wards = [str(ward) for ward in (event.ward, event.other_ward) if ward]
    unknown = event.data.get("unknown_ward")
    if wards:
        return _("Nobody is on duty in %(ward)s.") % {"ward": " · ".join(map(isolated, wards))}
    if unknown:
        return _("The ward %(ward)s is not known here.") % {"ward": isolated(unknown)}
    if event.provider is None:
        return _("Neither a ward nor a provider is named.")
    return _("No ward is named, and the provider cannot be told.")


def value(one: Details) -> str:
    """A value as it was sent, and what is to be known of it: unit, range, flag, readings."""
    text = isolated(" ".join(filter(None, [_cut(one["value"]), one["unit"]])))
    if around := ", ".join(isolated(each) for each in (one["range"], one["flag"]) if each):
        text = f"{text} ({around})"
    if one["readings"]:
        numbers = isolated(" / ".join(one["readings"]))
        text += f", {_('read as %(numbers)s') % {'numbers': numbers}}"
    if one["was"] and one["was"] != one["value"]:
        text += f", {_('was %(value)s') % {'value': isolated(_cut(one['was']))}}"
    marks = {
        Interpretation.NOT_INTERPRETED: _("not interpreted"),
        Interpretation.CANCELLED: _("cancelled"),
        Interpretation.WITHDRAWN: _("withdrawn"),
    }
    mark = marks.get(one["interpretation"])
    return f"{text}, {mark}" if mark else text


def _body(data: Details) -> str:
    values = data["values"]
    gone = data["interpretation"] in (Interpretation.CANCELLED, Interpretation.WITHDRAWN)
    if gone:
        return _gone(data, [one for one in values if one["value"] or one["was"]])
    if not values:
        return _("No values were sent.")
    if data["interpretation"] == Interpretation.NARRATIVE:
        return _("Report: %(words)s") % {"words": isolated(_cut(values[0]["value"], LONGEST))}
    shown = [_named(one, data) for one in values[:SHOWN]]
    if more := len(values) - len(shown) + data["more"]:
        shown.append(ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more})
    return " · ".join(shown)


def _gone(data: Details, values: list[Details]) -> str:
    """What the laboratory has taken back, as it was told."""
    cancelled = data["interpretation"] == Interpretation.CANCELLED
    if not values:
        return _("Cancelled by the laboratory.") if cancelled else _("Withdrawn by the laboratory.")
    plain = [
        {**one, "value": one["value"] or one["was"], "was": "", "interpretation": ""}
        for one in values[:SHOWN]
    ]
    said = {"values": " · ".join(_named(one, data) for one in plain)}
    if cancelled:
        return _("Cancelled by the laboratory: %(values)s") % said
    return _("Withdrawn by the laboratory: %(values)s") % said


def _named(one: Details, data: Details) -> str:
    """With its name, unless that is the test's and it is the only one."""
    alone = len(data["values"]) == 1
    if alone and one["name"].casefold() == data["test"].casefold():
        return value(one)
    return " ".join(filter(None, [isolated(one["name"]), value(one)]))


def _statement(data: Details) -> str:
    """That all is well, where that may be said."""
    if data["normal"]:
        return _("Normal.")
    return _("Within the range given.") if data["within_range"] else ""


def _is_taken_back(event: Event) -> bool:
    return event.kind == Kind.TEST_RESULT_CORRECTED and event.data["was_critical"]


def _cut(text: str, longest: int = 80) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", "؟", "…")) else f"{text}."

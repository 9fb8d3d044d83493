"""The columns of a file for a bulk send: what is asked where they leave doubt, and the answer."""

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.http import HttpRequest
from django.utils.translation import gettext as _

from messaging.campaigns import lists
from messaging.rendering import PLACEHOLDER
from wards.base.csv_rows import Table, Unmatched
from wards.operations import matching
from wards.operations.views.matching import NotMatchedYet, question, said

OWN = "own"  # a placeholder for the words


def answer(request: HttpRequest, file: File[Any]) -> list[str] | None:
    """What somebody says the columns are; None where nobody was asked.

    Raises NotMatchedYet where that cannot be.
    """
    given = said(request)
    if given is None:
        return None
    table = Table(cast(BinaryIO, file))
    given = given[: len(table.names)]
    columns = [
        _own(table, place) if column == OWN else column if column in lists.KNOWN else ""
        for place, column in enumerate(given)
    ]
    if wrong := _wrong(columns):
        asked = question(request, file, table, given, _choices())
        asked.wrong = wrong
        raise NotMatchedYet(asked)
    return columns


def ask(request: HttpRequest, file: File[Any], doubt: Unmatched) -> NotMatchedYet:
    """The question that a file leaves; what is not known may well be a placeholder."""
    chosen = [name if name in lists.KNOWN or not name else OWN for name in doubt.guess]
    asked = question(request, file, doubt, chosen, _choices())
    asked.wrong = str(doubt)
    return NotMatchedYet(asked)


def _choices() -> list[tuple[str, str]]:
    known = [(name, str(label)) for name, label in matching.LABELS.items() if name in lists.KNOWN]
    return [*known, (OWN, _("A placeholder for the words"))]


def _wrong(columns: Sequence[str]) -> str:
    if not {"phone", "email", "patient_id"} & set(columns):
        return _("Say which column is the phone, the e-mail address or the patient number.")
    for name in lists.KNOWN:
        if list(columns).count(name) > 1:
            return _("“%s” is chosen for two columns.") % matching.LABELS[name]
    return ""


def _own(table: Table, place: int) -> str:
    """A name that nothing else has, between braces."""
    name = lists.own_name(table.names[place])
    others = [lists.own_name(other) for n, other in enumerate(table.names) if n != place]
    if PLACEHOLDER.fullmatch(f"{{{name}}}") and name not in {*others, *lists.KNOWN}:
        return name
    return f"column_{place + 1}"

"""Matching columns: what a page asks where a file leaves doubt, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple, cast

from django.core.files import File
from django.http import HttpRequest
from django.utils.translation import gettext as _

from wards.base import uploads
from wards.base.csv_rows import Layout, Table, Unmatched, guess
from wards.base.refused import Refused
from wards.operations import matching
from wards.web.pages import reader

Choice = tuple[str, str]  # value and label


class Asked(NamedTuple):
    """One column of the file: what it is called, what is in it, and what it seems to be."""

    place: int
    name: str
    values: list[str]
    chosen: str

    @property
    def field(self) -> str:
        return f"column-{self.place}"


@dataclass
class Question:
    """What the columns of a file are; `kept` finds the file again."""

    columns: list[Asked]
    choices: list[Choice]
    kept: str
    required: list[str] = field(default_factory=list)
    wrong: str = ""


class NotMatchedYet(Exception):
    """Somebody must say what the columns are."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question


def owner(request: HttpRequest) -> str:
    """Whose uploads these are: of one person in one hospital."""
    person = reader(request)
    return f"{person.hospital_id}-{person.pk}"


def brought(request: HttpRequest, name: str) -> File[Any] | None:
    """The file that is uploaded now, or that was before and kept; None for none."""
    if name not in request.FILES and (
        file := uploads.kept(request.POST.get("kept", ""), owner(request))
    ):
        request.FILES[name] = file  # type: ignore[assignment]  # closed with the request's own
    return cast(File[Any] | None, request.FILES.get(name))


def said(request: HttpRequest) -> list[str] | None:
    """What somebody answered, column by column; None where nobody was asked."""
    if "column-0" not in request.POST:
        return None
    return [request.POST.get(f"column-{n}", "") for n in range(matching.MOST)]


def answer(request: HttpRequest, file: File[Any], layout: Layout) -> list[str] | None:
    """What somebody says the columns are; None where nobody was asked.

    Raises NotMatchedYet where that cannot be, and where they want to be asked; FileRefused.
    """
    given = said(request)
    if given is None and "match" not in request.POST:
        return None
    table = Table(cast(BinaryIO, file))
    if given is None:
        found = guess(table, layout)
        raise NotMatchedYet(_about(request, file, layout, table, found))
    columns = [name if name in layout.columns else "" for name in given[: len(table.names)]]
    if wrong := matching.wrong(columns, layout):
        raise NotMatchedYet(_about(request, file, layout, table, columns, wrong))
    return columns


def ask(request: HttpRequest, file: File[Any], layout: Layout, doubt: Unmatched) -> Question:
    """The question that a file leaves. Raises Refused where nobody could answer it."""
    return _about(request, file, layout, doubt, doubt.guess)


def _about(
    request: HttpRequest,
    file: File[Any],
    layout: Layout,
    found: Table | Unmatched,
    chosen: Sequence[str | None],
    wrong: str = "",
) -> Question:
    choices = [(name, str(matching.LABELS[name])) for name in layout.columns]
    asked = question(request, file, found, chosen, choices)
    asked.required = [str(matching.LABELS[name]) for name in layout.required]
    asked.wrong = wrong
    return asked


def question(
    request: HttpRequest,
    file: File[Any],
    found: Table | Unmatched,
    chosen: Sequence[str | None],
    choices: list[Choice],
) -> Question:
    """What is asked of a file, which is kept meanwhile. Raises Refused for too many columns."""
    if len(found.names) > matching.MOST:
        raise Refused(_("The file has more than %s columns.") % matching.MOST)
    columns = [
        Asked(
            place,
            name or _("Column %s") % (place + 1),
            [row[place] for row in found.samples if place < len(row) and row[place]],
            chosen[place] or "",
        )
        for place, name in enumerate(found.names)
    ]
    return Question(columns, [("", _("Leave it out")), *choices], kept(request, file))


def kept(request: HttpRequest, file: File[Any]) -> str:
    """The name that finds the upload again: it is kept once."""
    name = request.POST.get("kept", "")
    return name if file.name == name else uploads.keep(file, owner(request))

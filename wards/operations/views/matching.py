"""Matching columns: what a page asks where a file leaves doubt, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    required: list[str]
    kept: str
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


def answer(request: HttpRequest, file: File[Any], layout: Layout) -> list[str] | None:
    """What somebody says the columns are; None where nobody was asked.

    Raises NotMatchedYet where that cannot be, and where they want to be asked; FileRefused.
    """
    if "column-0" in request.POST:
        said = [request.POST.get(f"column-{n}", "") for n in range(matching.MOST)]
        table = Table(cast(BinaryIO, file))
        columns = [c if c in layout.columns else "" for c in said[: len(table.names)]]
        if wrong := matching.wrong(columns, layout):
            raise NotMatchedYet(_question(request, file, layout, table, columns, wrong))
        return columns
    if "match" in request.POST:
        table = Table(cast(BinaryIO, file))
        raise NotMatchedYet(_question(request, file, layout, table, guess(table, layout)))
    return None


def ask(request: HttpRequest, file: File[Any], layout: Layout, doubt: Unmatched) -> Question:
    """The question that a file leaves. Raises Refused where nobody could answer it."""
    if len(doubt.names) > matching.MOST:
        raise Refused(str(doubt))
    return _question(request, file, layout, doubt, doubt.guess)


def _question(
    request: HttpRequest,
    file: File[Any],
    layout: Layout,
    found: Table | Unmatched,
    chosen: Sequence[str | None],
    wrong: str = "",
) -> Question:
    kept = request.POST.get("kept", "")
    columns = [
        Asked(
            place,
            name or _("Column %s") % (place + 1),
            [row[place] for row in found.samples if place < len(row) and row[place]],
            chosen[place] or "",
        )
        for place, name in enumerate(found.names)
    ]
    labels = [(name, str(matching.LABELS[name])) for name in layout.columns]
    required = [str(matching.LABELS[name]) for name in layout.required]
    return Question(
        columns,
        [("", _("Leave it out")), *labels],
        required,
        kept if file.name == kept else uploads.keep(file, owner(request)),
        wrong,
    )

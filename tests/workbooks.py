"""Workbooks as people have them, and such as nobody should."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import openpyxl

Rows = Iterable[Sequence[Any]]


def workbook(*sheets: tuple[str, Rows], change: Callable[[Any], None] | None = None) -> bytes:
    """One with these sheets; `change` may do more to it."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change:
        change(book)
    return saved(book)


def saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rebuilt(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The same with these parts replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        kept = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in (kept | dict(parts)).items():
            new.writestr(name, content)
    return file.getvalue()

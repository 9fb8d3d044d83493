"""Uploads that wait: a file is kept while somebody says what its columns are, or corrects the rest.

Under a name that nobody can guess, in a folder of whoever brought it.
"""

import re
import secrets
from datetime import timedelta
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.core.files.storage import default_storage

from wards.base import clock
from wards.base.tables.packages import is_one as is_workbook

FOLDER = "waiting"
KEPT = timedelta(hours=24)
_NAME = re.compile(r"[0-9a-f]{32}\.(csv|xlsx)")


def keep(file: File[Any], owner: object) -> str:
    """Keeps it for its owner; the name that finds it again."""
    kind = "xlsx" if is_workbook(cast(BinaryIO, file)) else "csv"
    file.seek(0)
    name = f"{secrets.token_hex(16)}.{kind}"
    default_storage.save(_path(name, owner), file)
    return name


def kept(name: str, owner: object) -> File[Any] | None:
    """What was kept for this owner under the name; None where there is nothing (any more)."""
    if not _NAME.fullmatch(name) or not default_storage.exists(_path(name, owner)):
        return None
    file = default_storage.open(_path(name, owner))
    file.name = name
    return file


def is_kept(name: str | None) -> bool:
    """Whether a file has its name from here, and not from whoever brought it."""
    return bool(_NAME.fullmatch(name or ""))


def drop(name: str, owner: object) -> None:
    """It is not needed any more."""
    if _NAME.fullmatch(name):
        default_storage.delete(_path(name, owner))


def forget() -> None:
    """Removes those that nobody came back for within a day."""
    before = clock.now() - KEPT
    for owner in _listed(FOLDER)[0]:
        for name in _listed(f"{FOLDER}/{owner}")[1]:
            path = f"{FOLDER}/{owner}/{name}"
            if default_storage.get_modified_time(path) < before:
                default_storage.delete(path)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    return default_storage.listdir(folder) if default_storage.exists(folder) else ([], [])


def _path(name: str, owner: object) -> str:
    return f"{FOLDER}/{owner}/{name}"

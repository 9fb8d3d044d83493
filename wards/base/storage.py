"""Files that people bring or take along: kept whole and for us alone, or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage

FULL = {errno.ENOSPC, errno.EDQUOT}


def is_full(fault: BaseException | None) -> bool:
    """Whether a fault, or one that it came of, says that there is no room for more."""
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in FULL:
            return True
        fault = fault.__cause__ or fault.__context__
    return False


def private(path: str, flags: int) -> int:
    """An `opener`: what is written here names people, and is not for everybody on the machine."""
    return os.open(path, flags, settings.FILE_UPLOAD_PERMISSIONS)


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Removes the file where writing it fails: half of it is worse than none."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class WholeFileStorage(FileSystemStorage):
    """Django's leaves half a file behind when the disk is full, and shows it to all meanwhile."""

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS, parents=True, exist_ok=True)
        try:
            file = open(path, "xb", opener=private)  # noqa: SIM115  (it is closed below)
        except FileExistsError:  # somebody was quicker
            return self._save(self.get_available_name(name), content)
        with whole(path), file:
            for chunk in content.chunks():
                file.write(chunk)
        return name

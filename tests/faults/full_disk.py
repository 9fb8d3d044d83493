"""A real file system that is full when a test says so: a tmpfs, which takes a root's mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEFT = "wardbell-filler"


class Disk:
    """A small file system of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, left: int = 0) -> None:
        """Until only `left` bytes fit."""
        with open(self.path / LEFT, "wb") as file:
            status = os.statvfs(self.path)
            room = status.f_bavail * status.f_frsize - left
            file.write(b"\0" * max(0, room // status.f_frsize * status.f_frsize))

    def empty(self) -> None:
        """There is room again."""
        (self.path / LEFT).unlink()

    @property
    def files(self) -> list[str]:
        """What is on it."""
        found = (path for path in self.path.rglob("*") if path.is_file() and path.name != LEFT)
        return sorted(str(path.relative_to(self.path)) for path in found)


@contextmanager
def mounted(path: Path, megabytes: int = 8) -> Iterator[Disk]:
    """A file system of so many megabytes at `path`. Needs root, as mounting does."""
    path.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=0750"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)

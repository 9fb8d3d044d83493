"""Why a file is not read."""

from collections.abc import Sequence

from wards.base.refused import Refused


class FileRefused(Refused):
    """The file as a whole cannot be read; nothing of it is done."""


class Unmatched(FileRefused):
    """The file can be read, but it is not certain what its columns are: somebody must say."""

    def __init__(
        self,
        reason: str,
        names: Sequence[str],
        guess: Sequence[str | None],
        samples: Sequence[Sequence[str]],
    ) -> None:
        super().__init__(reason)
        self.names = tuple(names)  # of the file's columns, as they stand there
        self.guess = tuple(guess)  # for each the column that it is; "" none; None: not known
        self.samples = tuple(tuple(row) for row in samples)  # the first rows

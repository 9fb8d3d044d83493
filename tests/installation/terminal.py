"""A terminal with a shell in it: types commands, answers questions, tells how each ended."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Sequence
from typing import Self

MARK = "=== this block ended with "
QUIET = 600.0  # seconds that a command may take


class Terminal:
    """A shell on a pseudo-terminal. `answers` are typed where a question ends with a colon."""

    def __init__(self, command: Sequence[str], answers: dict[str, str] | None = None) -> None:
        self.answers = answers or {}
        self._end, theirs = pty.openpty()
        self._shell = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.type("stty -echo -onlcr; PS1= PS2=")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._end)
        self._shell.kill()
        self._shell.wait()

    def type(self, commands: str) -> str:
        """Runs lines as if typed together; what they showed. AssertionError where one failed."""
        # In braces it is read as a whole before it runs: a question does not read the next line.
        script = f"set -e\n{commands}\nset +e\n"
        os.write(self._end, f"eval {_quoted(script)}; printf '\\n{MARK}%s\\n' $?\n".encode())
        return self._until_ended()

    def _until_ended(self) -> str:
        said, answered, deadline = "", 0, time.monotonic() + QUIET
        while not (ended := re.search(rf"^{MARK}(\d+)$", said, re.M)):
            assert time.monotonic() < deadline, f"Too long:\n{said}"
            ready, _, _ = select.select([self._end], [], [], 1)
            if not ready:
                continue
            try:
                piece = os.read(self._end, 65536)
            except OSError:
                piece = b""
            assert piece, f"The shell ended:\n{said}"
            said += piece.decode(errors="replace").replace("\r", "")
            answered = self._answer(said, answered)
        assert ended[1] == "0", f"It failed:\n{said}"
        return said[: ended.start()]

    def _answer(self, said: str, answered: int) -> int:
        """Answer the question at the end of what is new; how much has been answered."""
        for question, answer in self.answers.items():
            if said[answered:].rstrip("\n").endswith(question):
                os.write(self._end, f"{answer}\n".encode())
                return len(said)
        return answered


def _quoted(text: str) -> str:
    """For the shell, on one line: a terminal's line is 4,096 bytes at most, so in pieces."""
    pieces = [text[start : start + 1000] for start in range(0, len(text), 1000)]
    return "\\\n".join("$'" + _escaped(piece) + "'" for piece in pieces)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")

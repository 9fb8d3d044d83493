"""Hand-written SQL, which stands in `sql/` beside what runs it: a statement or a script a file.

The comment at the head of a file is for people and goes no further. What follows is the statement
as it is run: with values, a percent sign is written twice; by a migration, which has none, once.
"""

import re
from pathlib import Path

from django.db.migrations import RunSQL

ROOT = Path(__file__).resolve().parent.parent.parent
HEAD = re.compile(r"\A(?:--.*\n|\n)*")
PLACE = re.compile(r"/\* (\w+) \*/")


def load(path: str, **parts: str) -> str:
    """The statement in the file; each of `parts` stands where that says /* its name */.

    Reads the file: at the top of a module, once a process.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    statement = HEAD.sub("", text, count=1)
    if missing := set(parts) - set(PLACE.findall(statement)):
        raise ValueError(f"{path} does not say /* {missing.pop()} */.")
    return PLACE.sub(lambda place: parts.get(place[1], place[0]), statement)


def run(path: str, undo: str = RunSQL.noop, **parts: str) -> RunSQL:
    """The operation of a migration that runs the file, and `undo` when it is taken back.

    A file that a migration runs changes no more where that would change what the migration makes
    (CONTRIBUTING.md says how it is done).
    """
    return RunSQL(load(path, **parts), undo)

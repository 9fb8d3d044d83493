"""The commands of a document: its code blocks, as somebody would type them."""

import re
from dataclasses import dataclass

from tests.processes import ROOT

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
HEADING = re.compile(r"^#+ (.*)$", re.M)

# What a document asks its reader to put in place of these.
OWN = {
    "https://git.hospital.example/wardbell.git": "/srv/wardbell.git",
    "mail.hospital.example": "localhost",
}


@dataclass(frozen=True)
class Block:
    """Commands under a heading, with the reader's own values in them."""

    heading: str
    commands: str


def blocks(name: str) -> list[Block]:
    """Those of docs/`name` that are to be typed (```sh), in order."""
    text = (ROOT / "docs" / name).read_text()
    return [
        Block(_heading(text, found.start()), _filled_in(found[1])) for found in BLOCK.finditer(text)
    ]


def packages(name: str) -> list[str]:
    """What the document has its reader install with apt-get."""
    typed = "\n".join(block.commands for block in blocks(name)).replace("\\\n", " ")
    lines = re.findall(r"apt-get install (.*)$", typed, re.M)
    return [word for line in lines for word in line.split() if not word.startswith("-")]


def _heading(text: str, position: int) -> str:
    return str(HEADING.findall(text, 0, position)[-1])


def _filled_in(commands: str) -> str:
    for written, own in OWN.items():
        commands = commands.replace(written, own)
    return commands

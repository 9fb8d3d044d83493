"""Floors and rooms: which part of the code may import which, and the picture of it.

A floor imports those below it; so does a room of a floor. A room is a folder, or some files that
belong together; everything of a floor is in one of them. `python -m tests.rooms` draws the picture
in docs/architecture.md.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by python -m tests.rooms -->\n", "<!-- end of the picture -->\n"

# From the ground up: each imports only what stands before it.
FLOORS: dict[str, dict[str, str]] = {
    "wards": {
        "base": "base",
        "kinds": "kinds",
        "models": "models",
        "events": "events",
        "results": "results",
        "actions": "diary actions",
        "feeds": "feeds",
        "identity": "identity",
        "hl7": "hl7",
        "roles": "roles",
        "web": "web",
        "reading": "selectors queues result_history patient_records",
        "roster": "roster",
        "operations": "operations",
        "pages": "forms views templatetags admin",
        "accounts": "accounts",
        "wards": "__init__ migrations apps management reminders tasks tenancy feed_urls urls",
    },
    "messaging": {
        "vocabulary": "channels statuses sms_parts",
        "models": "models",
        "rendering": "rendering",
        "sandbox": "sandbox",
        "carriers": "carriers reasons",
        "contacts": "contacts",
        "insights": "insights",
        "delivery": "delivery",
        "campaigns": "campaigns",
        "templatetags": "templatetags",
        "messages": "messages",
        "templates": "templates",
        "messaging": "__init__ migrations admin api apps management tasks urls webhooks",
    },
    "inbox": {
        "publications": "publications",
        "mailbox": "models mailbox locks revisions posting retention",
        "rules": "rules",
        "fanout": "fanout",
        "live": "live",
        "pages": "views templatetags admin page_frame middleware",
        "inbox": "__init__ notifying migrations apps management tasks urls",
    },
}
ABOVE = "config"
Arrow = tuple[str, str]  # "floor.room" -> "floor.room"


def place(module: str) -> str:
    """The room of a module, as "floor.room"; "" where it is none of ours."""
    floor, _, rest = module.partition(".")
    if floor == ABOVE:
        return ABOVE
    first = rest.partition(".")[0] or "__init__"
    for room, names in FLOORS.get(floor, {}).items():
        if first in names.split():
            return f"{floor}.{room}"
    return ""


def height(room: str) -> tuple[int, int]:
    """How high a room is: a higher one may import a lower one."""
    floor, _, name = room.partition(".")
    if floor == ABOVE:
        return len(FLOORS), 0
    return [*FLOORS].index(floor), [*FLOORS[floor]].index(name)


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of ours by its dotted name, without the tests."""
    for floor in (*FLOORS, ABOVE):
        for path in sorted((ROOT / floor).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(path: Path, known: set[str]) -> Iterator[tuple[int, str]]:
    """Line and module of each import of one of ours, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                name = whole if whole in known else node.module
                if name in known:
                    yield node.lineno, name


def arrows() -> dict[Arrow, list[str]]:
    """Which room imports which, with the lines that do."""
    every = dict(modules())
    found: dict[Arrow, list[str]] = defaultdict(list)
    for module, path in every.items():
        for line, name in imported(path, set(every)):
            arrow = place(module), place(name)
            if arrow[0] != arrow[1]:
                found[arrow].append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    return dict(found)


def upwards(found: dict[Arrow, list[str]]) -> list[str]:
    """The lines that import a room from one that stands below it."""
    return [line for (a, b), lines in found.items() if height(a) < height(b) for line in lines]


def drawn() -> str:
    """The picture, for Mermaid: the rooms of each floor, and the arrows within it."""
    lines = ["```mermaid", "flowchart TD", f"  {ABOVE}[{ABOVE}]"]
    for floor in reversed(FLOORS):
        lines += [f"  subgraph {floor}"]
        lines += [
            f'    {_id(f"{floor}.{room}")}["{room}"]'
            for room in reversed(FLOORS[floor])
            if room != floor
        ]
        lines += ["  end"]
    lines += [f"  {ABOVE} --> inbox --> messaging --> wards"]
    within = {
        (a, b)
        for a, b in arrows()
        if a.split(".")[0] == b.split(".")[0] and a.split(".")[0] not in (ABOVE, a.split(".")[-1])
    }
    lines += [f"  {_id(a)} --> {_id(b)}" for a, b in sorted(_shown(within), key=_order)]
    return "\n".join([*lines, "```", ""])


def _shown(edges: set[Arrow]) -> set[Arrow]:
    """Without the arrows that another way already says (a transitive reduction)."""
    below: dict[str, set[str]] = defaultdict(set)
    for a, b in sorted(edges, key=lambda edge: height(edge[0])):
        below[a] |= {b} | below[b]
    return {
        (a, b) for a, b in edges if not any(b in below[c] for c in (y for x, y in edges if x == a))
    }


def _order(edge: Arrow) -> tuple[tuple[int, int], tuple[int, int]]:
    (floor, room), (other, below) = height(edge[0]), height(edge[1])
    return (-floor, -room), (-other, -below)


def _id(room: str) -> str:
    return room.replace(".", "_").replace(" ", "_")


if __name__ == "__main__":
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + drawn() + END + rest.split(END)[1])

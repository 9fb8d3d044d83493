"""Who hears of what, as a page: `python -m tests.rules_page` writes the tables of docs/rules.md.

They are made of the two tables in inbox/rules/table.py, and of what the functions named there say
about themselves in their first line. tests/inbox/rules/test_page.py fails when the page is not
current.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import django

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"
BEGIN, END = "<!-- written by python -m tests.rules_page -->\n", "<!-- end of the tables -->\n"


def page(text: str) -> str:
    """The page with the tables as they are now."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n".join(tables()) + "\n" + END + rest.split(END)[1]


def tables() -> Iterator[str]:
    """The lines between the marks."""
    from inbox.rules import table
    from wards.kinds import Kind

    letters = table.MESSAGE_RULES
    yield from ("## In the app", "")
    yield from in_the_app(table.RULES)
    yield from ("", "## Outside the app", "")
    yield from outside(letters)
    yield from ("", "## Who that is", "", "| in the tables | who |", "|---|---|")
    named: set[Any] = {of for rule in table.RULES for of in rule.to}
    named |= {of for of, _ in table.FALLBACKS} | {letter.to for letter in letters}
    yield from (
        row(f"`{of.__name__}`", says(of)) for of in sorted(named, key=lambda of: of.__name__)
    )
    yield from ("", "## Nobody is told", "")
    yield "These are recorded, and are in the trail of what happened, but nobody hears of them."
    told = {rule.kind for rule in table.RULES} | {letter.kind for letter in letters}
    yield from ("", *(f"- `{kind.value}`" for kind in Kind if kind not in told))


def in_the_app(rules: Iterable[Any]) -> Iterator[str]:
    """Alerts: a row each."""
    rules = [*rules]
    keys = ["key"] if all(getattr(rule, "key", "") for rule in rules) else []
    yield from head(*keys, "event", "who hears", "level", "category", "what they read", "opens")
    for rule in rules:
        yield row(
            *(f"`{getattr(rule, name)}`" for name in keys),
            f"`{rule.kind.value}`",
            ", ".join(f"`{of.__name__}`" for of in rule.to) + (", or somebody" * rule.must),
            level(rule),
            rule.category.value,
            rule.title,
            rule.link,
        )


def level(rule: Any) -> str:
    """How loud, and when it is louder."""
    if getattr(rule, "given_level", False):
        return "as the event says"
    if rule.warn_if.__name__ == "never":
        return str(rule.level.value)
    return f"{rule.level.value}; warning: {lower(says(rule.warn_if))}"


def outside(letters: Iterable[Any]) -> Iterator[str]:
    """Words that leave the app: a row each."""
    letters = [*letters]
    keys = ["key"] if all(getattr(letter, "key", "") for letter in letters) else []
    yield from head(*keys, "event", "to", "template", "ways", "topic", "useful until", "urgent if")
    for letter in letters:
        ways = (", ".join(str(channel.label) for channel in route) for route in letter.routes)
        yield row(
            *(f"`{getattr(letter, name)}`" for name in keys),
            f"`{letter.kind.value}`",
            f"`{letter.to.__name__}`",
            f"`{letter.code}`",
            "; ".join(ways),
            letter.topic.value,
            until(letter.until),
            ""
            if letter.urgent.__name__ == "never"
            else lower(says(letter.urgent)).partition(":")[0],
        )


def until(useful: Callable[..., Any]) -> str:
    """How long a message is worth sending."""
    from messaging.delivery.intents import USEFUL_FOR

    if useful.__name__ == "always_useful":
        return f"{USEFUL_FOR.days} days have passed"
    return lower(says(useful)).partition(":")[0]  # and not why


def says(function: Callable[..., Any]) -> str:
    """What a function says about itself in its first line, without its full stop."""
    line = (function.__doc__ or "").strip().partition("\n")[0]
    return line.rstrip(".")


def lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def head(*cells: str) -> Iterator[str]:
    yield row(*cells)
    yield row(*("---" for _ in cells)).replace(" ", "")


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):  # connects to nothing
        os.environ.setdefault(name, "postgres://nowhere/x")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    PAGE.write_text(page(PAGE.read_text()))

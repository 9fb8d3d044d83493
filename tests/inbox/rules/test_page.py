"""docs/rules.md says what the table says."""

from dataclasses import replace

from inbox.rules.table import RULES
from tests import rules_page
from wards.kinds import Kind


def test_the_page_is_written_from_the_table() -> None:
    text = rules_page.PAGE.read_text()
    assert text == rules_page.page(text), "python -m tests.rules_page writes it"


def test_every_kind_of_event_stands_on_it() -> None:
    text = rules_page.PAGE.read_text()
    assert not [kind for kind in Kind if f"`{kind.value}`" not in text]


def test_another_row_makes_another_page() -> None:
    louder = [replace(rule, must=not rule.must) for rule in RULES]
    for old, new in zip(rules_page.in_the_app(RULES), rules_page.in_the_app(louder), strict=True):
        assert (old == new) == old.startswith(("| event", "|---", "| key"))

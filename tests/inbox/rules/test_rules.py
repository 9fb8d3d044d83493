"""The rule table says nothing that its events do not carry."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.utils import translation

from inbox.rules import checks, wording
from inbox.rules.table import RULES, rules_for
from tests import factories
from tests.cast import Cast
from wards.kinds import Kind

[SYSTEM_ERROR] = rules_for(Kind.SYSTEM_ERROR)


def test_the_table_is_sound() -> None:
    assert not [each for each in run_checks() if each.id in (checks.NO_PAYLOAD, checks.UNFIT_RULE)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"message": "{result_words}"}, "values"),
        ({"title": "{patient}"}, "patient"),
        ({"message": "{nonsense}"}, "nonsense"),
        ({"link": "stay"}, "admission"),
        ({"link": "nowhere"}, "nowhere"),
    ],
)
def test_s01_a_careless_rule_fails_the_check(changed: dict[str, Any], said: str) -> None:
    """A system message with the words of a result would have read "Within normal limits."."""
    [fault] = checks.faults(replace(SYSTEM_ERROR, **changed))
    assert said in fault.msg
    assert fault.hint


def test_every_word_is_used_and_every_page_is_opened() -> None:
    named = {name for rule in RULES for name in checks._placeholders(rule)}
    assert set(wording.WORDS) - named <= {"provider"}
    assert {rule.link for rule in RULES} - {""} <= set(wording.PAGES)


def test_s08_names_are_isolated_by_the_language_of_the_reader(cast: Cast) -> None:
    youssef = factories.create_patient(cast.hospital, first_name="يوسف", last_name="المطيري")
    event = factories.record_event(cast.hospital, Kind.APPOINTMENT_ARRIVED, patient=youssef)
    with translation.override("en"):
        assert (
            wording.fill("{patient} has arrived", event) == "\u2068يوسف المطيري\u2069 has arrived"
        )
    with translation.override("ar"):
        assert "\u2068" not in wording.fill("{patient}", event)

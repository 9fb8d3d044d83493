"""System checks of the rule table: no rule may say what its kind of event does not carry."""

from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from inbox.rules.table import RULES, Rule
from inbox.rules.wording import PAGES, WORDS
from wards.events import payloads
from wards.kinds import Kind

NO_PAYLOAD, UNFIT_RULE = "wardbell.E020", "wardbell.E021"


@register
def rules(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every kind has a payload; every rule names words and pages whose fields its kind has."""
    found: list[CheckMessage] = [
        Error(
            f"{kind} has no payload.",
            hint="Declare it in wards/events/payloads/.",
            id=NO_PAYLOAD,
        )
        for kind in Kind
        if kind not in payloads.PAYLOADS
    ]
    return found + [fault for rule in RULES for fault in faults(rule)]


def faults(rule: Rule) -> Iterator[CheckMessage]:
    """What a row of the table names that there is not, or not in its kind of event."""
    for name in _placeholders(rule):
        if name not in WORDS:
            yield _error(rule, f"names {{{name}}}, which inbox/rules/wording.py does not have")
        else:
            yield from _missing(rule, f"{{{name}}}", WORDS[name].needs, WORDS[name].about)
    if rule.link and rule.link not in PAGES:
        yield _error(rule, f"opens {rule.link}, which inbox/rules/wording.py does not have")
    elif rule.link:
        page = PAGES[rule.link]
        yield from _missing(rule, f"the page {rule.link}", page.needs, page.about)


def _placeholders(rule: Rule) -> Iterator[str]:
    for text in (rule.title, rule.message):
        yield from (name for _, name, _, _ in Formatter().parse(text) if name)


def _missing(
    rule: Rule, what: str, needs: frozenset[str], about: frozenset[str]
) -> Iterator[CheckMessage]:
    lacking = (needs - payloads.names(rule.kind)) | (about - payloads.about(rule.kind))
    if lacking:
        yield _error(rule, f"says {what}, but its events have no {', '.join(sorted(lacking))}")


def _error(rule: Rule, what: str) -> CheckMessage:
    return Error(
        f'The rule "{rule.title}" for {rule.kind} {what}.',
        hint="Mend the rule in inbox/rules/table.py, or declare it in wards/events/payloads/.",
        id=UNFIT_RULE,
    )

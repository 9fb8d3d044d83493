"""Counted phrases for the browser, which counts by itself."""

from collections.abc import Callable

# A number of each plural category, in the order of preference; Arabic has all six.
PLURALS = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def plurals(phrase: Callable[[int], str]) -> dict[str, str]:
    """The forms of a counted phrase by plural category, for Intl.PluralRules in the browser.

    The phrase keeps its `%(n)s`, as in `lambda n: ngettext("%(n)s bed", "%(n)s beds", n)`.
    """
    return {category: phrase(number) for category, number in PLURALS.items()}

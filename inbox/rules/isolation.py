"""Isolation: names and values as they stand among words of the reader's language."""

from django.utils import translation

from wards.base import bidi


def isolated(value: object) -> str:
    """A name or value as it stands among words of the active language."""
    return bidi.isolated(str(value or ""), translation.get_language() or "en")

"""The URLconf, loaded before a process takes work."""

from django.conf import settings
from django.urls import get_resolver
from django.utils import translation


def load() -> None:
    """Has it compiled for each language, once.

    Django does that in whichever thread first asks for an address. Where a pool of threads starts
    together each of them does it all: 64 threads of a sender took a minute of a busy machine,
    longer than a message is theirs.
    """
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            _ = get_resolver().reverse_dict

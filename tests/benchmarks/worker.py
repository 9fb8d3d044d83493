"""What a benchmark has done in a process of its own: one verb a line, from standard input.

So that the peak memory is that of the work.
"""

import os
import resource
import sys
from collections.abc import Callable, Mapping

import django
from django.db import connection

# Takes a hospital's id and a path or "-", returns the seconds that the work itself took.
Verb = Callable[[int, str], float]


def serve(verbs: Mapping[str, Verb]) -> None:
    """Answers `verb hospital path` with the seconds and the peak memory so far in bytes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django_scopes import scopes_disabled

    connection.ensure_connection()
    print("ready", flush=True)
    for line in sys.stdin:
        verb, hospital, path = line.split()
        with scopes_disabled():
            seconds = verbs[verb](int(hospital), path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(seconds, peak, flush=True)

#!/usr/bin/env python
"""Wardbell's commands. `run` makes a private PostgreSQL and Redis where the environment names none.

The others use those of a `run` that goes on here, and else say what the environment lacks.
"""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import environment, local
from config.local.redis import ServerError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    environment.prepare()
    try:
        if sys.argv[1:2] == ["run"]:
            local.ensure()
        else:
            local.join()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, ServerError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""Wardbell's commands. Without DATABASE_URL and REDIS_URL they start or join private servers."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    embedded.ensure()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

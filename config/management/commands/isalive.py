"""`manage.py isalive worker`: whether a part has shown life; for containers' health checks."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wards.base import heartbeats


class Command(BaseCommand):
    help = "Fail unless the part has shown life within the last seconds, here or elsewhere."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=heartbeats.PARTS)

    def handle(self, *, part: str, **options: Any) -> None:
        if part not in heartbeats.seen():
            raise CommandError(f"{part} has shown no life for {heartbeats.COUNTS_FOR} s.")
        self.stdout.write(f"{part} is up.")

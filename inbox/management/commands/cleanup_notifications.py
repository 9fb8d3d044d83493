"""Deletes old alerts that were read; for cron or a timer."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox import retention
from wards.base import clock


class Command(BaseCommand):
    help = (
        "Deletes alerts that came and were read more than --days ago, of all hospitals. Critical "
        "ones that nobody has taken stay, as do those that are put aside for later, and all events."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="default: 90")
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *, days: int, dry_run: bool, **options: Any) -> None:
        if days < 1:
            raise CommandError("--days must be at least 1.")
        count = retention.delete_old(clock.now() - timedelta(days=days), really=not dry_run)
        self.stdout.write(f"{'Would delete' if dry_run else 'Deleted'} {count} notifications")

"""Removes bulk operations that ended long ago, with their files; for cron or a timer."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scopes_disabled

from wards.base import clock
from wards.models import BulkOperation
from wards.operations import files


class Command(BaseCommand):
    help = (
        "Deletes the rows and the files of bulk operations that ended more than --days ago. "
        "What they did stays, and so do the events that tell of them. Waiting and running ones "
        "are never touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="default: 90")
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *, days: int, dry_run: bool, **options: Any) -> None:
        if days < 0:
            raise CommandError("--days must not be negative.")
        before = clock.now() - timedelta(days=days)
        with scopes_disabled():
            old = BulkOperation.objects.filter(completed_at__lt=before).exclude(
                status__in=BulkOperation.OPEN
            )
            count = 0
            for operation in old.iterator():
                count += 1
                if not dry_run:
                    files.delete(operation)  # first: a row without files can be archived again
                    operation.delete()
        word = "Would archive" if dry_run else "Archived"
        self.stdout.write(f"{word} {count} operations")

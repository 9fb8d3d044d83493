from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wards import reminders


class Command(BaseCommand):
    help = "Records the reminders of appointments that begin soon; works without a worker (cron)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=float, default=24, help="how soon (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["hours"] <= 24 * 14:
            raise CommandError("--hours must be more than 0 and at most 336.")
        count = reminders.record_reminders(timedelta(hours=options["hours"]))
        self.stdout.write(f"Recorded {count} appointment reminders")

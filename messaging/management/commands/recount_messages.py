from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from messaging.insights import counters
from wards.models import Hospital


class Command(BaseCommand):
    help = (
        "Counts messages afresh for the dashboard. Only after messages were changed with triggers "
        "switched off, as by a partly restored backup. Messages wait meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", type=int, help="id of the only hospital to count")

    def handle(self, *args: Any, **options: Any) -> None:
        hospitals = Hospital.objects.order_by("pk")
        if options["hospital"] is not None:
            hospitals = hospitals.filter(pk=options["hospital"])
        if not hospitals:
            raise CommandError("There is no such hospital.")
        with scopes_disabled():
            for hospital in hospitals:
                counters.recount(hospital)
            counters.fold()
        self.stdout.write(f"Counted the messages of: {', '.join(map(str, hospitals))}")

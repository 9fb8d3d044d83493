"""For procedures of other systems that end by clearing a cache."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Says that there is nothing to clear: pages are made of the database, each time."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Nothing to clear: Wardbell keeps nothing in a cache.")

"""For procedures of other systems that end by clearing a cache."""

from typing import Any

from django.core.cache import caches
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Clears Django's caches. Wardbell keeps nothing there: every page is of the database."

    def handle(self, *args: Any, **options: Any) -> None:
        for cache in caches.all(initialized_only=False):
            cache.clear()
        self.stdout.write("Cleared. Wardbell keeps nothing in caches.")

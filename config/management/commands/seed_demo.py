from typing import Any

from django.core.management.base import BaseCommand

from config.demo import people
from config.demo.seed import seed


class Command(BaseCommand):
    help = "Makes the demo hospital; where it exists, brings its appointments to today."

    def handle(self, *args: Any, **options: Any) -> None:
        hospital = seed()
        self.stdout.write(
            f"{hospital.name}: sign in as "
            f"{', '.join(user.username for user in people.STAFF[:6])} or patient, "
            f"password {people.PASSWORD}"
        )

import random
import time
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from config.demo import people
from config.demo.day import day
from wards.models import Hospital


class Command(BaseCommand):
    help = "Lets a day happen in the demo hospital: arrivals, admissions, transfers, results …"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=2.0, help="seconds between two events")
        parser.add_argument("--events", type=int, help="stop after so many (default: never)")
        parser.add_argument("--seed", type=int, help="the same day again for the same number")

    def handle(self, *args: Any, **options: Any) -> None:
        hospital = Hospital.objects.filter(feeds__facility=people.FACILITY).first()
        if hospital is None:
            raise CommandError("There is no demo hospital yet: run manage.py seed_demo first.")
        chance = random.Random(options["seed"])  # noqa: S311  (a demo, not a secret)
        with scope(hospital=hospital.pk):
            for line in islice(day(hospital, chance), options["events"]):
                self.stdout.write(line)
                time.sleep(options["every"])

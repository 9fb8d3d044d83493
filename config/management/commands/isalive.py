"""`manage.py isalive worker`: whether a part has shown life; for containers' health checks."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import RequestFactory

from config import health


class Command(BaseCommand):
    help = "Fail unless /healthz/ready calls the part up."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=health.PARTS)

    def handle(self, *, part: str, **options: Any) -> None:
        host = (settings.ALLOWED_HOSTS or ["localhost"])[0].lstrip("*.") or "localhost"
        answer = health.ready(RequestFactory(headers={"host": host}).get("/healthz/ready"))
        parts = json.loads(answer.content)["parts"]
        state = parts.get(part, "unknown while Redis is away")
        if state != "up":
            raise CommandError(f"{part} is {state}.")
        self.stdout.write(f"{part} is up.")

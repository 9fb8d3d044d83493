import signal
from typing import Any

from django.core.management.base import BaseCommand

from messaging.delivery import sender


class Command(BaseCommand):
    help = "Sends messages as they become due; on SIGTERM or SIGINT, ends what is in hand first."

    def handle(self, *args: Any, **options: Any) -> None:
        process = sender.Sender()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, process.stop)
        sender.end(in_order=process.run(self._announce))

    def _announce(self) -> None:
        self.stdout.write("Message sender: listening")
        self.stdout.flush()

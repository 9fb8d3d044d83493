from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.channels import Channel
from messaging.delivery import sender

MAIL = (Channel.EMAIL,)
PHONE = (Channel.SMS, Channel.WHATSAPP)


class Command(BaseCommand):
    help = (
        "Sends what is due, here and now, for installations without a sender process (cron). "
        "Without either option, everything."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--send-emails", action="store_true", help="send e-mails")
        parser.add_argument("--send-sms", action="store_true", help="send SMS and WhatsApp")
        parser.add_argument("--limit", type=int, default=100, help="at most (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        everything = not (options["send_emails"] or options["send_sms"])
        channels = [
            *(MAIL if everything or options["send_emails"] else ()),
            *(PHONE if everything or options["send_sms"] else ()),
        ]
        tally = sender.send_due(channels, options["limit"])
        self.stdout.write(f"Processed {tally.processed} notifications")
        self.stdout.write(f"- Emails sent: {sum(tally.by_channel[channel] for channel in MAIL)}")
        self.stdout.write(f"- SMS sent: {sum(tally.by_channel[channel] for channel in PHONE)}")
        self.stdout.write(f"- Errors: {tally.errors}")

"""`manage.py hl7_send FILE`: plays a file of HL7 v2 messages to any MLLP listener."""

import asyncio
import os
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wards.hl7.client import (
    Answer,
    Listener,
    messages_in,
    play,
    with_facility,
    with_new_ids,
)


class Command(BaseCommand):
    help = "Play a file of HL7 v2 messages to an MLLP listener; fails if one was not answered."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("file", type=Path, help="messages in MLLP frames, or simply one after another")
        add("--host", default="127.0.0.1", help="(%(default)s)")
        add("--port", type=int, default=os.environ.get("HL7_PORT", "2575"), help="(%(default)s)")
        add("--rate", type=float, default=0, help="messages a second; 0: as fast as answers come")
        add(
            "--connections",
            type=int,
            default=1,
            help="a patient's messages share one (%(default)s)",
        )
        add("--facility", help="sending facility (MSH-4) instead of the file's")
        add("--timeout", type=float, default=30, help="seconds to wait for an answer (%(default)s)")
        add(
            "--new-ids",
            action="store_true",
            help="new message and visit ids: a file that was played before counts again",
        )

    def handle(self, **options: Any) -> None:
        try:
            messages = messages_in(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"Cannot read {options['file']}: {error.strerror}") from error
        if not messages:
            raise CommandError(f"There is no HL7 message in {options['file']}.")
        if options["new_ids"]:
            suffix = f"-{secrets.token_hex(3)}"
            messages = [with_new_ids(message, suffix) for message in messages]
        if options["facility"]:
            messages = [with_facility(message, options["facility"]) for message in messages]
        started = time.monotonic()
        answers = self._play(messages, options)
        self._report(answers, time.monotonic() - started)
        if any(not answer.code for answer in answers):
            sys.exit(1)

    def _play(self, messages: list[bytes], options: dict[str, Any]) -> Counter[Answer]:
        answers: Counter[Answer] = Counter()

        def answered(answer: Answer) -> None:
            answers[answer] += 1

        listener = Listener(options["host"], options["port"], options["timeout"])
        rate, connections = max(options["rate"], 0), max(options["connections"], 1)
        asyncio.run(play(messages, listener, answered, rate=rate, connections=connections))
        return answers

    def _report(self, answers: Counter[Answer], seconds: float) -> None:
        codes = Counter[str]()
        for answer, count in answers.items():
            codes[answer.code or "no answer"] += count
        counts = ", ".join(f"{code} {codes[code]}" for code in ("AA", "AE", "AR", "no answer"))
        total = answers.total()
        self.stdout.write(
            f"{total} messages in {seconds:.1f} s ({total / seconds:.0f}/s): {counts}"
        )
        for answer, count in answers.most_common():
            if answer.code not in ("AA", ""):
                self.stdout.write(f"{count} × {answer.code}: {answer.reason}")

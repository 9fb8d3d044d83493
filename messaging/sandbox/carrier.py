"""What the carrier does with a message, and what it tells of it later."""

import random
import secrets
import time
from typing import Any, NamedTuple

from messaging.sandbox.ledger import Ledger
from messaging.sandbox.magic import Behaviour, behaviour
from messaging.sandbox.options import Options
from messaging.sms_parts import count

CURRENCY = "USD"
PRICES = {"sms": 400, "whatsapp": 150, "email": 1}  # a part, in hundredths of a cent
RETRY_AFTER = 2  # seconds


class Reply(NamedTuple):
    """What a customer is told, and after how many seconds."""

    status: int
    body: dict[str, Any]
    delay: float = 0.0
    retry_after: int | None = None


class Carrier:
    """One carrier with its books."""

    def __init__(self, ledger: Ledger, options: Options) -> None:
        self.ledger, self.options = ledger, options
        self._down_until = 0.0
        self._took_flaky = True

    def take(self, message: dict[str, str]) -> Reply:
        """Takes a message or refuses it.

        What it takes is in the books at once, even if nobody is left to hear the reply.
        """
        how = behaviour(message["to"])
        if self.is_down():
            return self._refuse(503, "outage")
        if how.outage:
            self._down_until = time.monotonic() + self.options.outage
        if how.flaky:
            self._took_flaky = not self._took_flaky
        if how.refusal:
            return self._refuse(*how.refusal)
        if how.flaky and not self._took_flaky:
            return self._refuse(429, "too_many_requests")
        if not how.taken:
            return Reply(504, {"code": "timeout"}, self._reply_time(how))
        return Reply(201, self._write_down(message, how), self._reply_time(how))

    def is_down(self) -> bool:
        """Whether it has an outage now."""
        return time.monotonic() < self._down_until

    def find(self, reference: str) -> Reply:
        """The messages that were taken under our customer's reference."""
        if self.is_down():
            return self._refuse(503, "outage")
        found = [_shown(row) for row in self.ledger.find(reference)]
        return Reply(200, {"messages": found}, self.options.latency)

    def books(self, since: int, recipient: str, last: int) -> Reply:
        """The whole ledger, or a part of it; `waiting`: receipts that are still to be posted."""
        body = {
            "messages": [_shown(row) for row in self.ledger.messages(since, recipient, last)],
            "answers": self.ledger.answers(),
            "waiting": self.ledger.waiting(),
        }
        return Reply(200, body)

    def hear(self, answer: dict[str, str]) -> Reply:
        """Somebody answers who was written to: their words are posted where receipts go."""
        url = self.ledger.answer(answer["channel"], answer["from"], answer["body"])
        if url is None:
            return Reply(404, {"code": "nobody_wrote_them"})
        # Unlike a number, it is not used again by a carrier with a new ledger.
        id_ = f"AN{secrets.token_hex(8)}"
        self.ledger.post(url, [(0.0, {"type": "inbound", "id": id_, **answer})])
        return Reply(202, {})

    def _refuse(self, status: int, code: str) -> Reply:
        retry_after = RETRY_AFTER if status == 429 else None
        return Reply(status, {"code": code}, self.options.latency, retry_after)

    def _reply_time(self, how: Behaviour) -> float:
        if how.hangs:
            return self.options.hang
        return self.options.slow_answer if how.slow else self.options.latency

    def _write_down(self, message: dict[str, str], how: Behaviour) -> dict[str, Any]:
        parts = max(1, count(message["body"]).parts) if message["channel"] == "sms" else 1
        cost = f"{PRICES[message['channel']] * parts / 10_000:.4f}"
        entry = {**message, "recipient": message["to"], "parts": parts, "cost": cost}
        id_ = _id(self.ledger.take(entry))
        if message["callback_url"]:
            receipts = self._receipts({"id": id_, "reference": message["reference"]}, how)
            self.ledger.post(message["callback_url"], receipts)
        return {"id": id_, "parts": parts, "cost": cost, "currency": CURRENCY}

    def _receipts(
        self, about: dict[str, Any], how: Behaviour
    ) -> list[tuple[float, dict[str, Any]]]:
        """(seconds from now, what is told) for each receipt of a message."""
        step = self.options.slow_receipts if how.slow else self.options.receipt_delay
        last = step * len(how.statuses)
        found = []
        for number, status in enumerate(how.statuses, 1):
            code = how.code if status in ("failed", "bounced") else ""
            receipt = about | {"type": "receipt", "status": status, "code": code}
            receipt["at"] = time.time() + number * step
            for _ in range(how.copies * (2 if self.options.duplicate else 1)):
                delay = random.uniform(0, last) if self.options.shuffle else number * step  # noqa: S311
                found.append((delay, receipt))
        return found


def _id(number: int) -> str:
    return f"SB{number:08}"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A message of the ledger as customers see it; `arrived`: the phone has it, or will."""
    arrived = not {"failed", "bounced"} & set(behaviour(row["recipient"]).statuses)
    more = {"number": row["id"], "currency": CURRENCY, "arrived": arrived}
    return row | {"id": _id(row["id"])} | more

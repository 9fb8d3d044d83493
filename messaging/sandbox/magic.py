"""The numbers and mailboxes that the carrier treats in a way of their own, for trying things out.

The numbers are among those that are kept for fiction (+1 202 555 01xx): nobody has them.
"""

from dataclasses import dataclass

DOMAIN = "sandbox.example"
ORDINARY = ("sent", "delivered")


@dataclass(frozen=True)
class Behaviour:
    """What becomes of a message. Without any of these it is taken, sent and delivered."""

    name: str = ""  # the mailbox
    number: str = ""
    what: str = ""  # for the documentation
    taken: bool = True
    refusal: tuple[int, str] | None = None  # HTTP status and code
    statuses: tuple[str, ...] = ORDINARY  # of its receipts, in this order
    code: str = ""  # why, in the receipt of a failure
    copies: int = 1  # of each receipt
    slow: bool = False  # answer and receipts take their time
    hangs: bool = False  # no answer
    outage: bool = False  # everything is refused for a while
    flaky: bool = False  # refused every other time


# fmt: off
MAGIC = (
    Behaviour("delivered", "+12025550101", "taken, sent, delivered: as any other"),
    Behaviour("read", "+12025550102", "delivered, then read", statuses=(*ORDINARY, "read")),
    Behaviour("failed", "+12025550103", "taken, then a receipt: failed for now (the phone is off, the mailbox is full)", statuses=("sent", "failed"), code="unreachable"),
    Behaviour("bounced", "+12025550104", "taken, then a receipt: failed for good (no such phone, no such mailbox)", statuses=("sent", "bounced"), code="unknown_subscriber"),
    Behaviour("refused", "+12025550105", "refused at once, for good (400)", taken=False, refusal=(400, "invalid_recipient")),
    Behaviour("busy", "+12025550106", "refused at once, for now (429 with `Retry-After: 2`)", taken=False, refusal=(429, "too_many_requests")),
    Behaviour("flaky", "+12025550107", "refused for now (429) and taken in turns", flaky=True),
    Behaviour("slow", "+12025550108", "the answer takes 3 seconds, each receipt 30", slow=True),
    Behaviour("silent", "+12025550109", "taken, but no receipt ever comes", statuses=()),
    Behaviour("twice", "+12025550110", "each receipt comes twice", copies=2),
    Behaviour("shuffled", "+12025550111", "the receipts come in the wrong order: read, delivered, sent", statuses=("read", "delivered", "sent")),
    Behaviour("unanswered", "+12025550112", "taken, but the answer hangs for 30 seconds", hangs=True),
    Behaviour("lost", "+12025550113", "not taken, and the answer hangs for 30 seconds", taken=False, hangs=True),
    Behaviour("outage", "+12025550114", "refused (503), and so is everything else for 30 seconds", taken=False, refusal=(503, "outage"), outage=True),
)
# fmt: on

_BY_ADDRESS = {each.number: each for each in MAGIC} | {
    f"{each.name}@{DOMAIN}": each for each in MAGIC
}


def behaviour(address: str) -> Behaviour:
    """What happens to a message to this number or mailbox."""
    return _BY_ADDRESS.get(address.lower(), Behaviour())

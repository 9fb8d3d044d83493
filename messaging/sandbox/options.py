"""What kind of carrier it is today."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Times are in seconds."""

    secret: str
    latency: float = 0.05  # of every answer
    receipt_delay: float = 1.0  # from one receipt of a message to the next
    duplicate: bool = False  # every receipt comes twice
    shuffle: bool = False  # receipts come in any order
    batch: int = 100  # receipts in one request at most
    hang: float = 30.0  # how long an answer that never comes takes
    outage: float = 30.0
    slow_answer: float = 3.0
    slow_receipts: float = 30.0

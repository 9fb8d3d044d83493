"""What shows that a request comes from the carrier, and that it is not an old one played again."""

import hashlib
import hmac
import time

SIGNATURE, TIMESTAMP = "Sandbox-Signature", "Sandbox-Timestamp"
TOLERANCE = 300  # seconds; clocks differ


def sign(secret: str, body: bytes, at: int | None = None) -> dict[str, str]:
    """The headers of a request with this body, sent at `at` (Unix time; without it: now)."""
    timestamp = str(int(time.time()) if at is None else at)
    return {TIMESTAMP: timestamp, SIGNATURE: _signature(secret, timestamp, body)}


def wrong(secret: str, body: bytes, timestamp: str, signature: str, now: float) -> str:
    """Why the request is not to be believed; "" where it is. `now`: Unix time of who asks."""
    if not hmac.compare_digest(_signature(secret, timestamp, body).encode(), signature.encode()):
        return "signature"
    if not timestamp.isdecimal():
        return "timestamp"
    return "age" if abs(now - int(timestamp)) > TOLERANCE else ""


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()

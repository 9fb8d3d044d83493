"""Keys for one purpose each, derived from SECRET_KEY, which signs and encrypts nothing itself.

Whoever learns one of them (the sandbox carrier is told its own) learns neither SECRET_KEY nor
another. Knows no Django: the carrier's process has none.
"""

import hashlib
import hmac


def derive(secret: str, purpose: str) -> str:
    """The key for `purpose`, the same in every process of an installation."""
    return hmac.new(secret.encode(), f"wardbell {purpose}".encode(), hashlib.sha256).hexdigest()

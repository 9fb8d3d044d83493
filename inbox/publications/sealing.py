"""Sealing of publications: alerts name patients, and what passes through Redis is unreadable there.

Fernet with a key of its own, over msgpack.
"""

import base64
import hashlib
from functools import cache
from typing import Any

import msgpack  # type: ignore[import-untyped]
from cryptography.fernet import Fernet
from django.conf import settings

from wards.base import keys


def seal(message: dict[str, Any]) -> bytes:
    """The message as it is published; only an installation with our SECRET_KEY can read it."""
    return _fernet().encrypt(msgpack.packb(message))


def unseal(sealed: bytes) -> dict[str, Any]:
    """The message. Raises InvalidToken where another installation, or nobody, has sealed it."""
    message: dict[str, Any] = msgpack.unpackb(_fernet().decrypt(sealed))
    return message


@cache
def _fernet() -> Fernet:
    key = keys.derive(settings.SECRET_KEY, "channels").encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))

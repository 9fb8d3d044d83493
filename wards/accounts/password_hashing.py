"""Passwords are hashed in turn: a rush of people signing in leaves a processor to the alerts.

One costs a processor half a second. After an outage a whole ward signs in at once, and ten threads
that reckon kept live alerts waiting for seven seconds on two processors.
"""

import os
import threading

from django.contrib.auth.hashers import PBKDF2PasswordHasher

_turn = threading.BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))


class Hasher(PBKDF2PasswordHasher):
    """Django's own, by half of the processors at most; whoever is next waits."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """What is stored of the password; the same as Django's."""
        with _turn:
            return super().encode(password, salt, iterations)

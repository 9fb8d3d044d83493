"""Sessions in PostgreSQL, as Django's own; only that a database that is away is not taken for more.

Django says of each fault while a session is saved that somebody has signed out meanwhile, and
answers 400: whoever had just done something was told that the request was bad, not to look first.
"""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """Raises what the database raises. Named as Django's: what signs sessions is derived of it."""

    def save(self, must_create: bool = False) -> None:
        """Writes it down. UpdateError, where it has ended meanwhile."""
        try:
            super().save(must_create)
        except UpdateError as fault:
            if isinstance(fault.__context__, (OperationalError, InterfaceError)):
                raise fault.__context__  # noqa: B904  (with the cause that it has)
            raise

"""What the sockets are compared with: everybody's seq, and whether what let them in still holds.

A socket lives exactly as long as its session or token, and as the password, role, hospital and
activity of its user. All of that is read in two queries, however many sockets there are.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from wards.base import clock
from wards.models import User

Answer = TypeVar("Answer")
PATIENCE = 5_000  # ms that a question of a socket's may take: the server gives up after 10 s


@dataclass(frozen=True)
class Identity:
    """Whom a credential belongs to, and until when it holds.

    `credentials` is the epoch of what the user was let in by, `reader` what frames name them by.
    """

    user_id: int
    hospital_id: int
    is_staff_role: bool
    session: str
    expires_at: datetime
    credentials: str = ""
    reader: str = ""


class Standing(NamedTuple):
    """A user who may be signed in: the present seq, and the epoch of their credentials."""

    seq: int
    credentials: str


class Present(NamedTuple):
    """The database as it is now. A user or session that is missing may not be signed in."""

    epoch: str
    users: dict[int, Standing]
    sessions: frozenset[str]

    def admits(self, who: Identity) -> bool:
        """Whether what let somebody in would let them in again."""
        user = self.users.get(who.user_id)
        return (
            user is not None
            and user.credentials == who.credentials
            and (not who.session or who.session in self.sessions)
        )


def credentials(password: str, role: str, hospital_id: int) -> str:
    """Changes with whatever a user was let in by; tells nothing of it."""
    return hashlib.sha256(f"{hospital_id}:{role}:{password}".encode()).hexdigest()


def reader(user_id: int, role: str) -> str:
    """Whose a state is, as pages and frames carry it: who they are, and as what."""
    return f"{user_id}:{role}"


def reader_of(user: User) -> str:
    """The same of somebody who is signed in."""
    return reader(user.pk, user.role)


def present(users: Iterable[int], sessions: Collection[str]) -> Present:
    """How things stand for these users and sessions."""
    valid = Session.objects.filter(session_key__in=sessions, expire_date__gt=clock.now())
    alive = frozenset(valid.values_list("session_key", flat=True) if sessions else ())
    with connection.cursor() as cursor:
        cursor.execute(USERS, {"users": list(users)})
        rows = cursor.fetchall()
    known = {user: Standing(seq, credentials(*let_in)) for _, user, seq, *let_in in rows if user}
    return Present(rows[0][0], known, alive)


def epoch() -> str:
    """Which database this is: another value after one was put back from a copy."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {EPOCH}")
        (value,) = cursor.fetchone()
    return str(value)


def patiently(load: Callable[..., Answer], *asked: object) -> Answer:
    """`load(*asked)`, given up when the database takes too long (a lock that nobody releases)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE}")
        return load(*asked)


# The cluster, its timeline (another one after point-in-time recovery and a failover), and the file
# of the table (another one after pg_restore). Where a copy of the files themselves was put back,
# nothing tells; `VACUUM FULL inbox_mailbox` does (docs/operations.md).
EPOCH = """
    (SELECT to_hex(system_identifier) FROM pg_control_system())
    || '-' || ltrim(left(pg_walfile_name(pg_current_wal_lsn()), 8), '0')
    || '-' || to_hex(pg_relation_filenode('inbox_mailbox')::bigint)
"""
USERS = f"""
SELECT this.epoch, u.id, coalesce(box.seq, 0), u.password, u.role, u.hospital_id
FROM (SELECT {EPOCH} AS epoch) this
LEFT JOIN wards_user u
    ON u.id = ANY(%(users)s) AND u.is_active AND u.hospital_id IS NOT NULL
LEFT JOIN inbox_mailbox box ON box.user_id = u.id
"""  # noqa: S608  (a constant of ours)

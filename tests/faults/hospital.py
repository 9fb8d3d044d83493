"""The hospital the simulator's feed is about, with people who listen."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

from django_scopes import scopes_disabled

from inbox.models import Mailbox, Notification
from tests import factories
from tests.faults.feed import CREATININE, CRITICAL_CREATININE, expected
from tests.faults.invariants import (
    assert_mailboxes_consistent,
    assert_same,
    wait_until_in_step,
    wait_until_nothing_is_overdue,
)
from tests.inbox.client import Client, connect
from tests.processes import Web
from wards.models import Role, User


@dataclass(frozen=True)
class Listener:
    """Somebody with a bell: on duty in wards, or the clinician with a code."""

    user: User
    hears: tuple[tuple[str, str], ...]


def create_listeners() -> list[Listener]:
    """The feed's hospital: nurses of each ward and of two, and every clinician of the file."""
    hospital = factories.create_hospital("Simulated Hospital")
    # The simulator marks all it sends as training; the clinicians' codes are the hospital's own.
    factories.create_feed(hospital, "SFAC", training="show", own_authorities=["DRNBR"])
    factories.create_limit(hospital, CREATININE, high=CRITICAL_CREATININE)
    wards = {
        code: factories.create_ward(hospital, code, code=code)
        for code in ("RenalWard", "OtherWard", "ED")
    }
    listeners = []
    for codes in (("RenalWard",), ("OtherWard",), ("ED",), ("RenalWard", "OtherWard")):
        nurse = factories.create_user(hospital, Role.NURSE)
        for code in codes:
            factories.create_duty(nurse, wards[code])
        listeners.append(Listener(nurse, tuple(("ward", code) for code in codes)))
    for number in range(1, 8):
        code = f"C00{number}"
        doctor = factories.create_user(hospital, Role.PROVIDER, code=code)
        listeners.append(Listener(doctor, (("clinician", code),)))
    return listeners


@contextmanager
def listening(
    listeners: list[Listener], web: Web, sockets: int | None = None
) -> Iterator[dict[Client, User]]:
    """Everybody signed in, the first two on two devices; or all by turns on so many sockets."""
    with ExitStack() as stack:
        clients = {
            stack.enter_context(connect(listener.user, web, since=0)): listener.user
            for listener in islice(cycle(listeners), sockets or len(listeners) + 2)
        }
        for client in clients:
            assert client.live.wait(15)
        yield clients


def assert_nothing_lost(
    clients: dict[Client, User], listeners: list[Listener], feed: list[str]
) -> None:
    """Every bell shows what the file says, once, without a gap, and what the database holds."""
    counts = expected(feed)
    wait_until_nothing_is_overdue()  # answers go out before bells ring
    wait_until_in_step(clients, 60)
    assert_mailboxes_consistent()
    for listener in listeners:
        due = sum(counts[place] for place in listener.hears)
        with scopes_disabled():
            mine = Notification.objects.filter(recipient=listener.user)
            seqs = sorted(mine.values_list("seq", flat=True))
        assert seqs == list(range(1, due + 1))
        box = Mailbox.objects.filter(user=listener.user).first()
        assert (box.seq if box else 0, box.unread if box else 0) == (due, due)
    for client, user in clients.items():
        if client.inbox.last:
            assert_same(client.inbox, user)
        assert all(count == 1 for count in client.inbox.rung.values())

"""Compares sockets with the database: who may stay, and what each has missed."""

from collections.abc import Callable, Collection
from typing import Any

from channels.db import database_sync_to_async
from prometheus_client import Counter

from inbox import mailbox
from inbox.live.sockets import Socket
from inbox.live.topics import tell_again
from inbox.mailbox import Ask
from inbox.publications import standing
from inbox.publications.standing import Present

HEALED = Counter("wardbell_sockets_healed", "Sockets brought up from the database.")


async def compare(sockets: Collection[Socket], end: Callable[[Socket], None]) -> None:
    """Ends those who may not stay, and brings up those who have not reached their seq.

    Two or three queries, however many there are. Raises what the database raises.
    """
    if not sockets:
        return
    seen = {socket: socket.seq for socket in sockets}
    users = {socket.identity.user_id for socket in seen}
    sessions = {socket.identity.session for socket in seen} - {""}
    present = await _ask(standing.present, users, sessions)
    asks: dict[Socket, tuple[Ask, int | None]] = {}
    for socket in seen:
        if not present.admits(socket.identity):
            end(socket)
        elif ask := _missing(socket, present):
            asks[socket] = ask, socket.seq
    if asks:
        states = await _ask(mailbox.catch_up, {ask for ask, _ in asks.values()})
        for socket, (ask, seq) in asks.items():
            _bring_up(socket, states[ask], seq)


async def _ask(load: Callable[..., Any], *asked: object) -> Any:
    patiently = database_sync_to_async(standing.patiently, thread_sensitive=False)
    return await patiently(load, *asked)


def _missing(socket: Socket, present: Present) -> Ask | None:
    """What the socket must be told to be in step."""
    user = socket.identity.user_id
    if socket.overflowed:  # nothing would reach it until it reads: then it says so
        return None if socket.given_up else Ask(user, None)
    if socket.seq is None:
        return None
    if socket.epoch != present.epoch:  # restored under our feet: its seqs mean nothing here
        return Ask(user, None)
    return Ask(user, socket.seq) if socket.seq < present.users[user].seq else None


def _bring_up(socket: Socket, state: dict[str, Any], seq: int | None) -> None:
    """Unless it has moved on or asked for its state itself while we looked."""
    if socket.overflowed:  # frames of topics were in its line as well
        if not socket.given_up:
            socket.bring_up(state)
            tell_again(socket)
    elif seq is not None and socket.seq == seq:
        socket.bring_up(state)
    else:
        return
    HEALED.inc()

"""Who is connected, and who has to go when more come than there is room for.

Anybody who reaches the port may open connections. Those that idle must not keep the feed out: the
one that has idled longest makes room, of strangers first. Known is an address that has sent a
message which was accepted.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Room:
    """How many connections there may be."""

    connections: int = 200
    of_one_address: int = 100
    of_known: int = 50  # of all, kept free for addresses that are known


class Guest(Protocol):
    """A connection."""

    address: str
    heard_at: float  # when its last byte came

    @property
    def is_busy(self) -> bool:
        """Whether a message is coming in, or worked on."""

    def leave(self) -> None:
        """Closes it."""


class Guests:
    """The connections of a process."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._known: set[str] = set()
        self._here: dict[int, Guest] = {}

    def __len__(self) -> int:
        return len(self._here)

    def all(self) -> list[Guest]:
        """Who is here."""
        return [*self._here.values()]

    def know(self, address: str) -> None:
        """A message from there was accepted."""
        self._known.add(address)

    def enter(self, guest: Guest) -> bool:
        """Lets it in, if need be in the place of another; False where all others are at work."""
        rivals = self._rivals(guest.address)
        if rivals is not None:
            idle = [other for other in rivals if not other.is_busy]
            if not idle:
                return False
            longest = min(idle, key=lambda other: other.heard_at)
            del self._here[id(longest)]
            longest.leave()
        self._here[id(guest)] = guest
        return True

    def gone(self, guest: Guest) -> None:
        """It has left."""
        self._here.pop(id(guest), None)

    def _rivals(self, address: str) -> list[Guest] | None:
        """Of whom one must go so that this one can come; None: there is room."""
        here, room = self.all(), self._room
        neighbours = [guest for guest in here if guest.address == address]
        strangers = [guest for guest in here if guest.address not in self._known]
        if len(neighbours) >= room.of_one_address:
            return neighbours
        if address not in self._known and len(strangers) >= room.connections - room.of_known:
            return strangers
        if len(here) >= room.connections:
            return strangers or here
        return None

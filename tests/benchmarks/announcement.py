"""One event for a whole hospital, step by step as `inbox.fanout` does it in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from inbox import posting
from inbox.publications import publish
from inbox.publications.frames import Alert, Posted
from wards import events
from wards.kinds import Kind
from wards.models import Event, Hospital, Outbox

MESSAGE = "x" * 80  # makes a frame of about 400 bytes


def wording(hospital: int, event: int, title: str) -> Alert:
    """The words of an alert."""
    return Alert(
        hospital_id=hospital,
        event_id=event,
        kind=Kind.SYSTEM_INFO,
        category="system",
        level="info",
        title=title,
        message=MESSAGE,
        link="/inbox/",
        created_at=timezone.now(),
    )


@dataclass
class Announcement:
    """Recorded when made; then `write()`, then `publish()`."""

    hospital: Hospital
    title: str = "Maintenance"
    event: Event = field(init=False)
    words: Alert = field(init=False)
    told: list[Posted] = field(init=False)

    def __post_init__(self) -> None:
        with scope(hospital=self.hospital.pk), transaction.atomic():
            self.event = events.record(Kind.SYSTEM_INFO, hospital=self.hospital)
            Outbox.objects.filter(event=self.event).delete()  # not to be fanned out by others
        self.words = wording(self.hospital.pk, self.event.pk, self.title)

    def write(self, users: Sequence[int]) -> float:
        """Writes the rows for these users; the seconds that took, with the commit."""
        recipients = [posting.Recipient(user, 0) for user in users]
        start = perf_counter()
        with transaction.atomic():
            self.told = posting.post([self.words], recipients)
        return perf_counter() - start

    def publish(self) -> None:
        """Tells the sockets of those who were written to."""
        publish.alerts([self.event], [self.words], self.told)

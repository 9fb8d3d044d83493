"""Messages that are no production (MSH-11 is T or D): kept and answered, and not taken for real."""

from collections.abc import Sequence

from wards import events
from wards.feeds.content import Said
from wards.hl7 import mapping
from wards.models import Feed, Hl7Message

NOTE = "nothing to do: a training message (MSH-11 is not P)"


def is_training(processing: str) -> bool:
    """Whether MSH-11 says so: T (training) or D (debugging); empty is production."""
    return processing.strip().upper().startswith(("T", "D"))


def apply(said: Sequence[Said], feed: Feed, message: Hl7Message) -> str:
    """`mapping.apply`, but for training: nothing, or where the feed wants it, marked as such."""
    if not is_training(message.processing):
        return mapping.apply(said, feed, message)
    if feed.training != Feed.Training.SHOW:
        return NOTE
    with events.training():
        return mapping.apply(said, feed, message)

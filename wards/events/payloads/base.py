"""What all payloads are."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Payload:
    """Nothing beyond the rows. `about` names those: attributes of the event."""

    about: ClassVar[frozenset[str]] = frozenset()
    training: bool = False  # a rehearsal (`events.training`)

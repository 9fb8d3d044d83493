"""What people and other systems do: one verb a function.

Each verb is one transaction: it checks, changes the rows and records the event. It raises
`Refused` with a sentence for the reader when the rules do not allow it.
"""

from django.core.exceptions import ValidationError


class Refused(ValidationError):
    """An action that is not allowed as things stand; the message says why and is for the user."""

    def __str__(self) -> str:
        return " ".join(self.messages)

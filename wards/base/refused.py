"""Refused: what the rules do not allow, in a sentence for the reader."""

from django.core.exceptions import ValidationError


class Refused(ValidationError):
    """An action that is not allowed as things stand; the message says why and is for the user."""

    def __str__(self) -> str:
        return " ".join(self.messages)

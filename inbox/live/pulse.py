"""Whether the database answers: asked a trifle each second, beside all that may have to wait."""

import asyncio
import time

from channels.db import database_sync_to_async
from django.db import connection

EVERY = 1.0  # s, from an answer to the next question
SILENCE = 3.0  # s without an answer: nobody can say any more that what is shown is the present


class Pulse:
    """Of one process. `feel` goes on for as long as somebody awaits it again and again."""

    def __init__(self) -> None:
        self._answered = time.monotonic()

    @property
    def is_there(self) -> bool:
        """Whether an answer came lately."""
        return time.monotonic() - self._answered < SILENCE

    async def feel(self) -> None:
        """Asks once. Raises what the database raises; hangs as long as the database does."""
        await asyncio.sleep(EVERY)
        await database_sync_to_async(_ask, thread_sensitive=False)()
        self._answered = time.monotonic()


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

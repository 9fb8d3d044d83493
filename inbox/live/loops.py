"""Loops of a web process that outlive every fault."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

PAUSE = 0.5  # s, after a fault
logger = logging.getLogger(__name__)


async def for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Round after round; a fault (Redis or PostgreSQL away) is logged once, not each time."""
    failing = False
    while True:
        try:
            await work()
            failing = False
        except Exception as fault:
            if not failing:
                logger.warning("%s failed: %s", work.__qualname__, type(fault).__name__)
            failing = True
            await asyncio.sleep(PAUSE)

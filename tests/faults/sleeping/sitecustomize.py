"""For Python under libfaketime 0.9.10, which fails sleeps until a moment of the monotonic clock."""

import select
import time


def sleep(seconds: float) -> None:
    """As time.sleep: for so many seconds."""
    select.select([], [], [], seconds)


time.sleep = sleep  # type: ignore[assignment]

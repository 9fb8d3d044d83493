"""How far the clocks of an installation's machines are apart; /healthz/ready says it.

Nothing that is due depends on them (wards.base.clock). What still goes by the application's own
clock is how long a sign-in, a token or a code of a second factor is good for: that is why a minute
matters.
"""

from collections.abc import Mapping

import structlog

WORTH_SAYING, TOO_MUCH = 2.0, 60.0  # seconds ahead of the database's, or behind it
log = structlog.get_logger(__name__)


def state(ahead: Mapping[str, float]) -> str:
    """`up`, or which parts' clocks are too far from the database's, and by how much.

    `ahead`: by how many seconds each part's own clock is ahead; negative where it is behind.
    """
    for part, seconds in ahead.items():
        if abs(seconds) >= WORTH_SAYING:
            log.warning("clock_differs", part=part, seconds=round(seconds, 1))
    wrong = {part: seconds for part, seconds in ahead.items() if abs(seconds) >= TOO_MUCH}
    return ", ".join(_in_words(*each) for each in wrong.items()) or "up"


def _in_words(part: str, seconds: float) -> str:
    return f"{part} {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"

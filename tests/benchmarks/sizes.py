"""How large the parts are: as published, or tiny, where a test only asks whether they still run."""

import os
from typing import TypeVar

TINY = bool(os.environ.get("BENCH_TINY"))
Size = TypeVar("Size", int, float)


def size(full: Size, tiny: Size) -> Size:
    """The one or the other."""
    return tiny if TINY else full

"""How values are kept in Redis: as JSON, so that nothing read back from there can run code."""

import json
from typing import Any


class JsonSerializer:
    """Numbers, texts, truths, and lists and mappings of them; everything else is a TypeError."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)

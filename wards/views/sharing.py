"""Live parts of pages, rendered once for all who ask for them at the same time.

An event on a ward has every browser that shows it fetch the same part in the same second. Whoever
may see the same (hospital, role, language, address, and what else tells readers apart) gets one
rendering. It is nobody's in particular: the template is given no request and no user, so nothing
of one reader can be in what another one is shown.

Nothing is kept. A rendering is for those who asked before it began to read the rows: nobody is
shown anything older than what they would have read themselves.
"""

import gzip
import re
import secrets
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from wards.roles import Permission, allows
from wards.web.pages import reader, vary

EVERY = 0.4  # s between two renderings of the same at least; the first one waits for nothing
REMEMBERED = 500  # parts whose last rendering is known, before old ones are forgotten
# What a page's own script keeps true (static/js/times.js) makes no other part.
AGES = re.compile(rb"(<(?:time|span)\b[^>]* data-(?:ago|clock)[^>]*>)[^<]*")


class Rendered(NamedTuple):
    """A part: as it is, compressed, and what it is recognised by."""

    body: bytes
    packed: bytes
    etag: str


class Renderings:
    """Those who wait for the next rendering of something, and when the last one was."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._next: dict[Hashable, Future[Rendered]] = {}
        self._last: dict[Hashable, Future[Rendered]] = {}
        self._began: dict[Hashable, float] = {}

    def of(self, key: Hashable, render: Callable[[], Rendered]) -> Rendered:
        """What `render` gives, or what it gives for somebody who has asked the same as we have."""
        with self._lock:
            turn = self._next.get(key)
            is_ours = turn is None
            if turn is None:
                turn = self._next[key] = Future()
        if is_ours:
            try:
                self._wait(key)
                self._begin(key, turn)
                turn.set_result(render())
            except BaseException as fault:  # whatever it is: nobody waits for it for ever
                turn.set_exception(fault)
            finally:
                self._end(key, turn)
        elif not turn.done():
            _give_connection_back()
        return turn.result()

    def _wait(self, key: Hashable) -> None:
        """Until the one before is ready and the next one is due; others join meanwhile."""
        last, due = self._last.get(key), self._began.get(key, -self._every) + self._every
        left = due - time.monotonic()
        if left > 0 or last is not None:
            _give_connection_back()
        time.sleep(max(0.0, left))
        if last is not None:
            last.exception()

    def _begin(self, key: Hashable, turn: "Future[Rendered]") -> None:
        """Who asks from now on may know of what this one does not see."""
        with self._lock:
            del self._next[key]
            self._last[key] = turn
            if len(self._began) > REMEMBERED:
                now = time.monotonic()
                self._began = {k: at for k, at in self._began.items() if now - at < self._every}
            self._began[key] = time.monotonic()

    def _end(self, key: Hashable, turn: "Future[Rendered]") -> None:
        with self._lock:
            for turns in (self._next, self._last):
                if turns.get(key) is turn:
                    del turns[key]


renderings = Renderings()


def shared(
    request: HttpRequest, template: str, load: Callable[[], dict[str, Any]], *apart: Hashable
) -> HttpResponse:
    """The live part, whose context `load` reads; 304 where the page has the same already.

    The caller has asked whether the reader may see it. `apart` is whatever tells readers of the
    same role apart: their own id where the part is of their own things.
    """
    user = reader(request)
    key = (template, user.hospital_id, user.role, get_language(), request.get_full_path(), *apart)

    def render() -> Rendered:
        return _pack(render_to_string(template, {**public(request), **load()}).encode())

    rendered = renderings.of(key, render)
    if request.headers.get("If-None-Match") == rendered.etag:
        response = HttpResponse(status=304)
    else:
        response = _answer(request, rendered)
    response["ETag"] = rendered.etag
    return vary(response)


def public(request: HttpRequest) -> dict[str, Any]:
    """What a shared part's template may know of the request: the same for all who share it."""
    user = reader(request)
    return {
        "may": {permission.value: allows(user, permission) for permission in Permission},
        "path": request.get_full_path(),
        "query": request.GET,
    }


def _pack(body: bytes) -> Rendered:
    content = blake2b(AGES.sub(rb"\1", body), digest_size=16)
    etag = f'W/"{content.hexdigest()}"'
    return Rendered(body, gzip.compress(body, compresslevel=4, mtime=0), etag)


def _answer(request: HttpRequest, rendered: Rendered) -> HttpResponse:
    """Compressed for who takes it, each time to another length (BREACH): a file's name in front."""
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(rendered.body)
    else:
        name = secrets.token_urlsafe(100)[: secrets.randbelow(100)].encode()
        head, rest = rendered.packed[:10], rendered.packed[10:]
        response = HttpResponse(head[:3] + b"\x08" + head[4:] + name + b"\0" + rest)
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _give_connection_back() -> None:
    """Whoever waits holds none of the pool's; those waited for may need it."""
    if not connection.in_atomic_block:
        connection.close()

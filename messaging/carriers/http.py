"""How carriers are called over HTTP, and what each way of going wrong means for the message.

The one question that matters: can the message have been taken? Where the connection never came
about it cannot; where an answer is missing or is no answer, nobody knows.
"""

import json
from collections.abc import Collection, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import requests
import urllib3

from messaging.carriers.base import TIMEOUT, Refusal, Unclear
from wards.base import clock

CONNECT_TIMEOUT = 3.0  # seconds
AT_ONCE = 256  # connections that are kept: several channels may have their senders
# What says more about the carrier, or our account with it, than about the message.
ACCOUNT_STATUSES = frozenset({401, 403, 503})
# What something on the way says, whatever it writes below (RFC 9110, 15.5): a proxy that wants a
# password, that waited too long for us, or that was not meant.
ON_THE_WAY = frozenset({407, 408, 421})


class Reply(NamedTuple):
    """An answer that says something about the message: a 2xx, or a 4xx of the carrier's own.

    `body` is its JSON object; empty where it is none, which the carrier finds unclear.
    """

    status: int
    body: dict[str, Any]


class Api:
    """One carrier's API. Used by many threads at once.

    `own`: 4xx statuses that are the carrier's whatever is written below; others are its own only
    where JSON is.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        own: Collection[int] = (),
        timeout: float = TIMEOUT,
    ) -> None:
        self._own = own
        self._url, self._headers = url.rstrip("/"), dict(headers or {})
        self._pool = _pool(
            url, urllib3.Timeout(connect=min(CONNECT_TIMEOUT, timeout), total=timeout)
        )

    def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Asks. Raises as `post` does."""
        return self._call("GET", f"{path}?{urlencode(query)}", None, {})

    def post(
        self,
        path: str,
        *,
        json_body: object = None,
        form: list[tuple[str, str]] | None = None,
    ) -> Reply:
        """Sends JSON or a form.

        Raises Refusal where it was certainly not taken and the reason is not the message (no
        connection, 401, 403, 429, 503, a 4xx that is not the carrier's), and Unclear where nobody
        knows (no answer in time, other 5xx).
        """
        if form is not None:
            kind, body = "application/x-www-form-urlencoded", urlencode(form)
        else:
            kind, body = "application/json", json.dumps(json_body)
        return self._call("POST", path, body, {"Content-Type": kind})

    def _call(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Reply:
        try:
            answer = self._pool.request(
                method, self._url + path, body=body, headers=self._headers | headers
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            raise Refusal("no_connection", provider_down=True) from None
        except urllib3.exceptions.TimeoutError:
            raise Unclear("no_answer") from None
        except urllib3.exceptions.SSLError:
            raise Refusal("certificate", provider_down=True) from None
        except urllib3.exceptions.HTTPError:
            raise Unclear("connection_lost") from None
        reply = Reply(answer.status, parse(answer.data))
        self._judge(reply, answer.headers.get("Retry-After"))
        return reply

    def _judge(self, reply: Reply, retry_after: str | None) -> None:
        """Raises where the status says all there is to say."""
        own = bool(reply.body) or reply.status in self._own
        if fault := refusal(reply.status, retry_after, says_something=own):
            raise fault
        if not (200 <= reply.status < 300 or 400 <= reply.status < 500):
            raise Unclear(str(reply.status))


def _pool(url: str, timeout: urllib3.Timeout) -> urllib3.PoolManager:
    """Connections to a carrier, through the proxy in the environment where there is one."""
    options: dict[str, Any] = {"maxsize": AT_ONCE, "retries": False, "timeout": timeout}
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not proxy or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(**options)
    auth = urllib3.util.parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=auth) if auth else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)


def seconds(retry_after: str | None) -> float | None:
    """The value of a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3).

    None for none, or for what is neither.
    """
    given = (retry_after or "").strip()
    if given.isascii() and given.isdecimal():
        return float(given[:12])
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - clock.now()).total_seconds())


def judge(fault: requests.RequestException) -> Refusal | Unclear:
    """What it means where a library called the carrier through `requests`, and got no answer."""
    cause = fault.__cause__ if isinstance(fault.__cause__, requests.RequestException) else fault
    reason = getattr(cause.args[0], "reason", None) if cause.args else None
    never = isinstance(reason, urllib3.exceptions.NewConnectionError)
    if never or isinstance(cause, requests.ConnectTimeout):
        return Refusal("no_connection", provider_down=True)
    return Unclear("no_answer")


def refusal(status: int, retry_after: str | None, *, says_something: bool) -> Refusal | None:
    """What a status alone says; None where what is written below it says more.

    `says_something`: what is written there is the carrier's own, not the page of a proxy.
    """
    wait = seconds(retry_after)
    if status == 429:
        return Refusal("429", retry_after=wait)
    nobody = 400 <= status < 500 and not says_something
    if status in ACCOUNT_STATUSES | ON_THE_WAY or nobody:
        return Refusal(str(status), provider_down=True, retry_after=wait)
    return None


def parse(data: bytes | str) -> dict[str, Any]:
    """The JSON object of an answer; an empty one for anything else."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    return body if isinstance(body, dict) else {}

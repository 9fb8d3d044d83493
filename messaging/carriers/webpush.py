"""Push to the browsers of staff (RFC 8030), which shows on locked screens: it says only that there
is something, never what.
"""

import json
from typing import Any, Self

import requests
from django.utils import translation
from django.utils.translation import gettext as _
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

from messaging.carriers.base import TIMEOUT, Accepted, Carrier, Outgoing, Refusal, Unclear, setting
from messaging.carriers.http import ACCOUNT_STATUSES, judge, seconds
from messaging.channels import Channel

TTL = 4 * 60 * 60  # seconds that the push service keeps it for a browser that is closed
GONE = {404, 410}  # no such subscription, or none any more (RFC 8030, 7.3)


class WebPush(Carrier):
    """An address is a browser's PushSubscription as JSON.

    `private_key` is the VAPID key (base64url), `contact` a mailto: for the push service.
    """

    name = "webpush"
    channels = frozenset({Channel.PUSH})
    needs = ("VAPID_PRIVATE_KEY", "VAPID_CONTACT")

    def __init__(self, private_key: str, contact: str, *, timeout: float = TIMEOUT) -> None:
        self._vapid = Vapid.from_string(private_key)
        self._contact, self._timeout = contact, timeout

    @classmethod
    def from_settings(cls) -> Self:
        return cls(*map(setting, cls.needs))

    def send(self, message: Outgoing) -> Accepted:
        try:
            webpush(
                _subscription(message.to),
                _payload(message),
                vapid_private_key=self._vapid,
                vapid_claims={"sub": self._contact},
                timeout=self._timeout,
                ttl=TTL,
                headers={"Urgency": "high"},
            )
        except WebPushException as fault:
            raise _judge(fault) from None
        except requests.RequestException as fault:
            raise judge(fault) from None
        except (ValueError, TypeError, LookupError, AttributeError):  # no subscription
            raise Refusal("invalid_address", permanent=True) from None
        return Accepted(message.reference)


def _subscription(address: str) -> dict[str, Any]:
    subscription: dict[str, Any] = json.loads(address)
    if not subscription["endpoint"].startswith(("https://", "http://")):
        raise ValueError("no endpoint")
    return subscription


def _payload(message: Outgoing) -> str:
    """What the browser shows: nothing of the message's own words."""
    with translation.override(message.language):
        words = {"title": message.sender, "body": _("You have a new alert.")}
    return json.dumps(words | {"url": "/", "tag": message.reference.partition("-")[0]})


def _judge(fault: WebPushException) -> Refusal | Unclear:
    status, wait = fault.status_code, seconds(fault.retry_after)
    if status is None:  # it was not sent: the subscription's keys are none
        return Refusal("invalid_address", permanent=True)
    if status in GONE:
        return Refusal(str(status), permanent=True)
    if status == 429:
        return Refusal("429", retry_after=wait)
    if status in ACCOUNT_STATUSES:
        return Refusal(str(status), provider_down=True, retry_after=wait)
    return Refusal(str(status)) if 400 <= status < 500 else Unclear(str(status))

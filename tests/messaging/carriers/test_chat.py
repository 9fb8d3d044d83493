"""Chat through Apprise, with ntfy's shapes (https://docs.ntfy.sh/publish/)."""

from typing import Any

import pytest

from messaging.carriers.apprise import SCHEMAS, Chat
from messaging.carriers.base import Accepted, Carrier, Outgoing
from messaging.channels import Channel
from tests.messaging.carriers.contract import BODY, Contract, Refused
from tests.messaging.listener import Answer


class TestChat(Contract):
    channel = Channel.CHAT
    scenes = {
        "accepted": Answer(200, {"id": "sPs71M8A2T", "event": "message", "topic": "ward"}),
        "garbage": Answer(302, b"<html>"),
        "temporary": Answer(507, {"code": 50701, "error": "too much is kept already"}),
    }
    # Apprise asks for no more than a 2xx, and only says that it did not work.
    outcomes = {
        scene: Refused()
        for scene in ("limited", "account", "down", "broken", "hangs", "garbage", "nobody")
    }

    def make(self, url: str) -> Carrier:
        return Chat()

    def message(self, url: str, **fields: Any) -> Outgoing:
        server = url.removeprefix("http://")
        return super().message(
            url, **{"to": f"ntfy://{server}/ward?rto={self.timeout}&cto={self.timeout}"} | fields
        )

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        assert asked.json["topic"] == "ward"
        assert asked.json["title"] == "Your appointment"
        assert asked.json["message"].strip() == BODY

    @pytest.mark.parametrize(
        "address",
        ["", "ntfy", "json://10.0.0.1/internal", "file:///etc/passwd", "slack://", "mailto://x@y"],
    )
    def test_what_is_no_chat(self, address: str) -> None:
        fault = self.refused("", to=address)
        assert (fault.permanent, fault.code) == (True, "invalid_address")

    def test_the_chats_are_known_to_apprise(self) -> None:
        import apprise

        known = {
            schema
            for plugin in apprise.Apprise().details()["schemas"]
            for schema in [*(plugin["protocols"] or []), *(plugin["secure_protocols"] or [])]
        }
        assert set(SCHEMAS) <= known

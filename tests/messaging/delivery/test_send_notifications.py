"""`send_notifications`: what cron runs where there is no sender, against a carrier of its own."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from messaging.carriers.base import Refusal
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.outbox import Scripted, queue_message, queue_messages
from tests.messaging.people import written

pytestmark = pytest.mark.django_db(transaction=True)


def run(*options: str) -> list[str]:
    out = StringIO()
    call_command("send_notifications", *options, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def due(cast: Cast, scripted: Scripted) -> Cast:
    """Three SMS, a WhatsApp message and two e-mails that are due."""
    queue_messages(cast.hospital, 3)
    queue_message(cast.hospital, channel="whatsapp")
    queue_messages(cast.hospital, 2, channel="email", address="pat@example.org")
    return cast


@pytest.mark.parametrize(
    ("options", "processed", "emails", "sms"),
    [
        (("--send-emails", "--send-sms"), 6, 2, 4),
        (("--send-emails",), 2, 2, 0),
        (("--send-sms",), 4, 0, 4),
        ((), 6, 2, 4),
        (("--send-sms", "--limit", "2"), 2, 0, 2),
        (("--limit", "1"), 1, 1, 0),
    ],
)
def test_it_says_what_it_did(
    due: Cast, options: tuple[str, ...], processed: int, emails: int, sms: int
) -> None:
    assert run(*options) == [
        f"Processed {processed} notifications",
        f"- Emails sent: {emails}",
        f"- SMS sent: {sms}",
        "- Errors: 0",
    ]
    assert len(written(status=Status.SENT)) == processed


def test_run_again_it_sends_nothing_twice(due: Cast) -> None:
    run()
    assert run()[0] == "Processed 0 notifications"


def test_errors_are_counted(cast: Cast, scripted: Scripted) -> None:
    queue_messages(cast.hospital, 2)
    scripted.script = [Refusal("21211", permanent=True)]
    assert run("--send-sms")[2:] == ["- SMS sent: 1", "- Errors: 1"]


def test_nothing_due(cast: Cast, scripted: Scripted) -> None:
    assert run() == [
        "Processed 0 notifications",
        "- Emails sent: 0",
        "- SMS sent: 0",
        "- Errors: 0",
    ]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_none(limit: Any) -> None:
    with pytest.raises(CommandError):
        run("--limit", limit)

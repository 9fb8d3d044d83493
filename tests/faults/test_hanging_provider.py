"""A provider takes connections and says nothing: the others' messages go out as if it were not."""

from collections.abc import Iterator

import pytest
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.channels import Channel
from messaging.models import CarrierState, Message
from messaging.statuses import Status
from tests import factories
from tests.carrier import StartCarrier
from tests.conftest import StartProcess
from tests.messaging.outbox import new_message
from tests.processes import Process, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 16


@pytest.fixture
def sender(start_carrier: StartCarrier, start_process: StartProcess) -> Iterator[Process]:
    """Knows two providers: SMS go to one that hangs; after 10 s without an answer it is rested."""
    env = start_carrier().environment("http://127.0.0.1:1")
    process = start_process(
        "python -m tests.messaging.hanging",
        **env | {"MESSAGING_PROVIDERS": "hanging,sandbox", "MESSAGING_CALLS": str(CALLS)},
    )
    wait_for(lambda: "listening" in process.output, 20, "the sender listens")
    with scopes_disabled():
        yield process


def test_others_do_not_wait(sender: Process) -> None:
    """How much slower they are is measured in tests/benchmarks/messages.py."""
    hospital = factories.create_hospital()
    stuck = delivery.queue([new_message(hospital) for _ in range(CALLS * 2)])
    hanging = Message.objects.filter(provider="hanging", status=Status.SENDING)
    wait_for(lambda: hanging.count() == CALLS, what="every call to it hangs")
    others = delivery.queue([new_message(hospital, channel=Channel.WHATSAPP) for _ in range(100)])
    sent = Message.objects.filter(pk__in=others, status=Status.SENT)
    wait_for(lambda: sent.count() == len(others), what="the others are sent")
    assert hanging.count() == CALLS, "they hung all the while"

    # Its own messages: those it may have are not sent again, the others go by the next provider.
    by_others = Message.objects.filter(pk__in=stuck, provider="sandbox", status=Status.SENT)
    unanswered = hanging.filter(reason="no_answer")
    wait_for(lambda: by_others.count() + unanswered.count() == len(stuck), what="none is left")
    assert by_others.count() > CALLS / 2
    assert CarrierState.objects.get(name="hanging").rests == 1


def test_it_ends_although_calls_hang(sender: Process) -> None:
    """Told to end, it waits for what is in hand; the next sender looks after what has no answer."""
    hospital = factories.create_hospital()
    delivery.queue([new_message(hospital) for _ in range(3)])
    hanging = Message.objects.filter(provider="hanging", status=Status.SENDING)
    wait_for(lambda: hanging.count() == 3, what="every call to it hangs")
    assert sender.stop(timeout=20) == 0
    assert set(hanging.values_list("reason", flat=True)) == {"no_answer"}
    assert hanging.count() == 3

"""The process that sends: woken, alone or beside another one, and told to end."""

import pytest
from django.db import transaction
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.models import CarrierState, Message
from messaging.statuses import Status
from tests import factories
from tests.carrier import StartCarrier
from tests.conftest import StartProcess
from tests.messaging.outbox import new_message, wrong_moves
from tests.processes import Process, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unscoped")]


def listening(process: Process) -> Process:
    wait_for(lambda: "listening" in process.output, 30, f"the sender listens\n{process.output}")
    return process


def sent() -> int:
    return Message.objects.filter(status=Status.SENT).count()


def test_two_share_the_work(start_process: StartProcess, start_carrier: StartCarrier) -> None:
    """Each takes some, and nobody is written to twice."""
    carrier = start_carrier(latency=0.05)
    env = carrier.environment("http://127.0.0.1:1") | {"MESSAGING_CALLS": "8"}
    senders = [start_process("sender", **env) for _ in range(2)]
    for each in senders:
        listening(each)
    hospital = factories.create_hospital()
    with transaction.atomic():
        delivery.queue([new_message(hospital) for _ in range(400)])
    wait_for(lambda: sent() == 400, 60, "all are sent")
    references = [message["reference"] for message in carrier.ledger()]
    assert len(references) == len(set(references)) == 400
    with scopes_disabled():
        steps = Message.objects.values_list("log__message", "log__status").order_by("log__pk")
        assert not list(wrong_moves(steps))


def test_it_needs_no_redis_and_ends_in_order(
    start_process: StartProcess, start_carrier: StartCarrier
) -> None:
    """What it has in hand when it is told to end is written down before it ends."""
    carrier = start_carrier(latency=1)
    env = carrier.environment("http://127.0.0.1:1") | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    sender = listening(start_process("sender", **env))
    delivery.queue([new_message(factories.create_hospital()) for _ in range(200)])
    wait_for(lambda: carrier.ledger(), what="the carrier has some")
    assert sender.stop() == 0
    assert not Message.objects.filter(status=Status.SENDING).exists()
    assert sent() == len(carrier.ledger()) > 0
    assert Message.objects.filter(status=Status.QUEUED).exists(), "no new ones were begun"
    assert "Traceback" not in sender.output


def test_a_carrier_that_is_gone_is_replaced(
    start_process: StartProcess, start_carrier: StartCarrier
) -> None:
    """What it refused is tried again, by the next carrier; none goes to both."""
    carrier, spare = start_carrier(), start_carrier()
    env = carrier.environment("http://127.0.0.1:1") | {
        "MESSAGING_PROVIDERS": "sandbox,sandbox_spare",
        "SANDBOX_SPARE_URL": spare.url,
        "MESSAGING_RETRIES": "0.5,1,2",
    }
    listening(start_process("sender", **env))
    hospital = factories.create_hospital()
    delivery.queue([new_message(hospital) for _ in range(20)])
    wait_for(lambda: sent() == 20, 20, "the first carrier has them")
    carrier.kill()
    delivery.queue([new_message(hospital) for _ in range(200)])
    wait_for(lambda: sent() == 220, 30, "the spare one has the others")
    references = [message["reference"].partition("-")[0] for message in spare.ledger()]
    assert len(references) == len(set(references)) == 200
    assert CarrierState.objects.get(name="sandbox").is_resting
    assert CarrierState.objects.get(name="sandbox_spare").is_well


def test_what_nobody_carries_ends_nothing(
    start_process: StartProcess, start_carrier: StartCarrier
) -> None:
    """A channel without a carrier, and a carrier that is gone: both are swept up."""
    hospital = factories.create_hospital()
    (chat,) = delivery.queue([new_message(hospital, channel="chat", address="ntfy://x")])
    carrier = start_carrier()
    sender = listening(start_process("sender", **carrier.environment("http://127.0.0.1:1")))
    wait_for(lambda: Message.objects.get(pk=chat).status == Status.SUPPRESSED, 20, "suppressed")
    delivery.queue([new_message(hospital)])
    wait_for(lambda: sent() == 1, what="the other is sent")
    assert "fault" not in sender.output

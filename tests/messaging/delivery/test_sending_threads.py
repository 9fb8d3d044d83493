"""A lane's threads: what they must not do all at once, and what where there are too few."""

import threading

import pytest
from django.conf import settings
from django.urls import URLResolver, clear_url_caches

from messaging.channels import Channel
from messaging.delivery import sender
from messaging.models import Message
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.outbox import Scripted, drain, queue_messages
from tests.threads import no_threads

pytestmark = pytest.mark.usefixtures("unscoped")


def test_the_urlconf_is_loaded_before_there_are_threads(
    cast: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command that sends here and now, too: each of its threads would compile it all."""
    queue_messages(cast.hospital, 10)
    compiling: list[threading.Thread] = []
    populate = URLResolver._populate

    def noted(resolver: URLResolver) -> None:
        if resolver.urlconf_name == settings.ROOT_URLCONF:  # a namespace is soon compiled
            compiling.append(threading.current_thread())
        populate(resolver)

    monkeypatch.setattr(URLResolver, "_populate", noted)
    clear_url_caches()
    assert sender.send_due([Channel.SMS], 10).processed == 10
    assert {*compiling} == {threading.current_thread()}


def test_where_the_machine_gives_no_more_threads_those_there_are_do_it_all(
    cast: Cast, scripted: Scripted
) -> None:
    """What was claimed and never begun would be unclear one day, and an SMS then given up."""
    queue_messages(cast.hospital, 20)
    with no_threads(after=1):
        assert len(drain(scripted)) == 20
    assert len(scripted.taken) == 20
    assert Message.objects.filter(status=Status.SENT, attempts=1).count() == 20

"""Consent belongs to an address: whatever row it is in, whoever says so, until the last moment."""

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from messaging.channels import Channel, Topic
from messaging.contacts import addresses, ledger
from messaging.contacts.ledger import Entry, Key
from messaging.delivery import claims
from messaging.models import (
    ConsentChange,
    Ground,
    Source,
)
from messaging.reasons import Reason
from tests import factories
from tests.cast import Cast, create_cast
from tests.messaging.contacts.consents import (
    STRANGER,
    hear,
    stands,
    to_file,
    to_list,
)
from tests.messaging.happenings import stay
from tests.messaging.made_campaigns import included, reasons, send, work
from tests.messaging.outbox import Scripted, drain, queue_message
from tests.messaging.people import MAIL, NUMBER, make_reachable, prefer, written
from tests.processes import wait_for
from wards.actions import deaths, patients

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unscoped")]


@pytest.fixture
def cast() -> Cast:
    cast = create_cast()
    make_reachable(cast)
    return cast


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


class TestCases:
    """/cases/files, as they were found in the field."""

    def test_s14_a_stop_from_a_number_in_nobodys_books(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        first = to_list(cast, STRANGER)
        assert included(first)
        hear("STOP", STRANGER)
        second = to_list(cast, STRANGER)
        assert reasons(second) == {1: Reason.SAID_NO}, "and the preview says so"
        send(first, cast.dana)
        work(first)
        drain(scripted)
        assert scripted.taken == [], "what was worked out before does not leave"
        [left] = written(campaign=first)
        assert (left.status, left.reason) == ("suppressed", Reason.SAID_NO)

    def test_s14_a_no_under_another_patients_row(self, cast: Cast) -> None:
        factories.create_patient(cast.hospital, number="1000028", phone="0500000028")
        factories.create_patient(cast.hospital, number="X-2", phone="0551234567")
        hear("STOP", "+966551234567")
        told = to_file(cast, "patient_id,phone\n1000028,+966551234567\n")
        assert reasons(told) == {2: Reason.SAID_NO}

    def test_s14_s06_a_phone_that_the_dead_shared(self, cast: Cast, scripted: Scripted) -> None:
        """Fatima has died; Sara writes down the family's number, which said no."""
        dead = factories.create_patient(cast.hospital, phone="0508881111")
        deaths.record_death(patient=dead)
        hear("STOP", "+966508881111")
        told = to_file(cast, "name,phone\nSara Dosari,0508881111\n")
        (why,) = reasons(told).values()
        assert why.partition(":")[0] == Reason.UNCLEAR_PERSON, "hers or not, nothing goes there"
        queue_message(cast.hospital, address="+966508881111")
        queue_message(cast.hospital, address="+966508881112", patient=dead)
        drain(scripted)
        assert scripted.taken == []


Way = Callable[[Cast], object]


@pytest.mark.parametrize(
    "way",
    [
        lambda cast: queue_message(cast.hospital, address=NUMBER),
        lambda cast: queue_message(cast.hospital, address=NUMBER, patient=cast.patient),
        lambda cast: queue_message(cast.hospital, address=NUMBER, user=cast.dana),
        lambda cast: queue_message(cast.hospital, address=NUMBER, status="failed", attempts=1),
        lambda cast: queue_message(
            cast.hospital, address=MAIL, channel="email", status="failed", fallbacks=["sms"]
        ),
    ],
    ids=["stranger", "patient", "colleague", "retry", "next channel"],
)
def test_s14_it_is_asked_at_the_last_moment(cast: Cast, scripted: Scripted, way: Way) -> None:
    way(cast)
    hear("STOP")
    for channel in (Channel.EMAIL, Channel.SMS):
        drain(scripted, channel)
    assert [each.to for each in scripted.taken if each.to != MAIL] == []


def test_s14_a_corrected_number_may_have_said_no(cast: Cast, scripted: Scripted) -> None:
    """What tells of a stay goes to the number of now, which is somebody's who said no."""
    stay(cast)
    hear("STOP", STRANGER)
    patients.update_patient(patient=cast.patient, phone=STRANGER)
    drain(scripted)
    assert scripted.taken == []
    [left] = written(channel="sms")
    assert (left.status, left.reason) == ("suppressed", Reason.SAID_NO)


def test_s14_a_no_to_the_carriers_number_counts_for_a_hospital_that_comes_later(
    cast: Cast, scripted: Scripted
) -> None:
    hear("STOP")
    queue_message(factories.create_hospital(), address=NUMBER)
    drain(scripted)
    assert scripted.taken == []


def test_s14_a_start_takes_back_a_stop_and_no_bounce(cast: Cast, scripted: Scripted) -> None:
    for channel, address in (("sms", NUMBER), ("sms", STRANGER)):
        key = ledger.key(cast.hospital.pk, channel, address)
        assert key
        grounds = (Ground.REFUSED, Ground.UNDELIVERABLE)[: 1 if address == NUMBER else 2]
        ledger.note([Entry(key, ground, True, Source.CARRIER, "21610") for ground in grounds])
        hear("START", address)
    assert (stands(NUMBER), stands(STRANGER)) == (set(), {Ground.UNDELIVERABLE})
    history = ConsentChange.objects.filter(consent__address=NUMBER)
    assert list(history.values_list("stands", "source", "detail")) == [
        (True, Source.CARRIER, "21610"),
        (False, Source.ANSWER, ""),
    ]


@pytest.mark.parametrize(
    ("channel", "same"),
    [
        ("sms", ["+966501234567", "00966501234567", "966501234567", "+966 50 123 4567"]),
        ("email", ["pat@example.org", "PAT@Example.ORG", " pat@example.org "]),
        (
            "email",
            ["jose\N{COMBINING ACUTE ACCENT}@b\xfccher.example", "José@xn--bcher-kva.example"],
        ),
    ],
)
def test_s14_an_address_is_the_same_however_it_is_written(channel: str, same: list[str]) -> None:
    assert len({addresses.canonical(channel, text) for text in same}) == 1


GROUNDS = [set(), {"refused"}, {"news"}, {"undeliverable"}, {"disputed"}, {"news", "disputed"}]


@pytest.mark.parametrize("topic", [Topic.CARE, Topic.MARKETING])
@pytest.mark.parametrize("grounds", GROUNDS, ids=lambda g: "+".join(sorted(g)) or "none")
def test_all_ways_to_read_it_say_the_same(cast: Cast, topic: Topic, grounds: set[str]) -> None:
    """For a hundred thousand at a time, for a batch that leaves, and for one."""
    key = Key(cast.hospital.pk, "sms", NUMBER)
    ledger.note([Entry(key, ground, True, Source.STAFF) for ground in grounds])
    elsewhere = Key(cast.other_hospital.pk, "sms", NUMBER)
    ledger.note([Entry(elsewhere, "refused", True, Source.STAFF)])
    why = ledger.why(grounds, topic)
    assert bool(why) == bool(grounds - ({"news"} if topic == Topic.CARE else set()))
    assert ledger.of_hospital(cast.hospital.pk).of(cast.hospital.pk, topic)("sms", NUMBER) == why
    assert ledger.asking(cast.hospital.pk, topic)("sms", NUMBER) == why
    with transaction.atomic():
        assert ledger.held([key, None]).against(key, topic) == why


def test_noting_takes_the_same_queries_however_many(cast: Cast) -> None:
    def queries(number: int) -> int:
        keys = [Key(cast.hospital.pk, "sms", f"+9665{n:08}") for n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            ledger.note([Entry(key, "refused", True, Source.ANSWER) for key in keys])
        return len(captured)

    assert queries(1) == queries(30)


def test_s14_a_no_waits_for_what_is_leaving_and_nothing_leaves_after_it(
    cast: Cast, scripted: Scripted
) -> None:
    """Either the claim was written before the ledger says no, or the message stays."""
    queue_message(cast.hospital, address=NUMBER)
    noted, begun = Flag(), Flag()

    def stop() -> None:
        try:
            with scopes_disabled():
                begun.set()
                hear("STOP")
            noted.set()
        finally:
            connection.close()

    with transaction.atomic():
        assert claims.claim(Channel.SMS, scripted, 5).messages
        thread = Thread(target=stop)
        thread.start()
        assert begun.wait(10)
        with connection.cursor() as cursor:
            ask = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_for(lambda: cursor.execute(ask) or cursor.fetchone() == (1,), 10, "it waits")
        assert not noted.is_set()
    thread.join(10)
    assert noted.is_set()
    queue_message(cast.hospital, address=NUMBER)
    assert not claims.claim(Channel.SMS, scripted, 5).messages


def test_s14_a_wish_of_one_person_is_theirs_alone(cast: Cast, scripted: Scripted) -> None:
    """What the front desk switches off for somebody is no word of the number's."""
    prefer(cast.patient, sms=False)
    sister = factories.create_patient(cast.hospital, phone=NUMBER)
    queue_message(cast.hospital, patient=sister, address=NUMBER)
    drain(scripted)
    assert [each.to for each in scripted.taken] == [NUMBER]

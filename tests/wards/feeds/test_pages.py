"""The pages of feeds: how they do, what was not understood, messages applied again."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox.models import Notification
from tests import factories, feeds
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from wards.feeds import figures, masking, silence
from wards.kinds import Kind
from wards.models import Event, Feed, FeedNote, Hl7Message, Patient

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/hospital/feeds/"


@pytest.fixture
def alice(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.alice)


def the_feed(cast: Cast) -> Feed:
    return Feed.objects.get(hospital=cast.hospital)


def test_how_a_feed_does(alice: Client, floor: Cast) -> None:
    for _ in range(3):
        hl7.send(hl7.admission())
    hl7.refused(hl7.admission(place=""), "AE", "PV1-3")
    [found] = figures.of_feeds(floor.hospital)
    assert (found.accepted, found.refused, found.total, found.accepted_percent) == (3, 1, 4, 75)
    page = alice.get(PAGE).content.decode()
    assert "Feed of RAWDAH" in page
    assert "Some refused" in page


def test_what_came_within_the_hour_is_counted_and_not_reckoned(
    alice: Client, floor: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three messages in a second are no rate of thousands an hour."""
    for _ in range(4):
        hl7.send(hl7.admission())
    oldest = Hl7Message.objects.earliest("id")
    Hl7Message.objects.filter(pk=oldest.pk).update(received_at=timezone.now() - timedelta(hours=2))
    [found] = figures.of_feeds(floor.hospital)
    assert (found.in_an_hour, found.may_be_more) == (3, False)
    monkeypatch.setattr(figures, "RECENT", 2)
    assert '<dd class="num">2+</dd>' in alice.get(PAGE).content.decode()


def test_a_hospital_without_feeds_is_told_what_one_is(alice: Client, floor: Cast) -> None:
    Feed.objects.all().delete()
    assert "MSH-4" in alice.get(PAGE).content.decode()


def test_what_was_not_understood_and_mended(alice: Client, floor: Cast) -> None:
    feed = the_feed(floor)
    FeedNote.objects.create(feed=feed, place="OBX-8", value="CRIT", count=7)
    assert "CRIT" in alice.get(f"{PAGE}{feed.pk}/").content.decode()
    assert alice.post(f"{PAGE}{feed.pk}/forget/").status_code == 302
    assert not FeedNote.objects.exists()
    assert "Everything that came was understood" in alice.get(f"{PAGE}{feed.pk}/").content.decode()


def test_a_message_is_shown_without_the_people_it_names(alice: Client, floor: Cast) -> None:
    stored = hl7.refused(hl7.admission(place="", name="Haddad^Layla"), "AE", "PV1-3")
    page = alice.get(f"{PAGE}messages/{stored.pk}/").content.decode()
    assert "PV1-3 (ward) is missing" in page
    assert "MSH|" in page
    for personal in ("Haddad", "MRN-9", "555 0101"):
        assert personal not in page


def test_it_is_applied_again_once_its_cause_is_mended(alice: Client, floor: Cast) -> None:
    Feed.objects.update(creates_people=False)
    stored = hl7.refused(hl7.admission(), "AE", "MRN-9")
    replay = f"{PAGE}messages/{stored.pk}/replay/"
    assert "Apply this message again?" in alice.get(replay).content.decode()
    alice.post(replay)
    stored.refresh_from_db()
    assert stored.status == Hl7Message.Status.ERROR
    Feed.objects.update(creates_people=True)
    alice.post(replay)
    stored.refresh_from_db()
    assert stored.status == Hl7Message.Status.ACCEPTED
    assert Patient.objects.filter(number="MRN-9").exists()
    assert Event.objects.filter(kind=Kind.MESSAGE_REPLAYED, actor=floor.alice).count() == 2


class TestSilence:
    NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)

    def feed(self, cast: Cast, **fields: object) -> Feed:
        Feed.objects.update(**{"silent_after": 30, **fields})
        return the_feed(cast)

    def silent(self, cast: Cast, minutes: int, **fields: object) -> bool:
        feed = self.feed(cast, **fields)
        return silence.is_silent(feed, self.NOON - timedelta(minutes=minutes), self.NOON)

    def test_after_so_long(self, floor: Cast) -> None:
        assert not self.silent(floor, 29)
        assert self.silent(floor, 30)

    def test_not_where_nobody_wants_to_know_or_it_is_switched_off(self, floor: Cast) -> None:
        assert not self.silent(floor, 999, silent_after=None)
        assert not self.silent(floor, 999, is_active=False)

    def test_one_that_never_sent_is_not_silent(self, floor: Cast) -> None:
        assert not silence.is_silent(self.feed(floor), None, self.NOON)

    @pytest.mark.parametrize(
        ("begin", "end", "minutes", "is_silent"),
        [
            (time(8), time(18), 60, True),
            (time(13), time(18), 60, False),  # not yet
            (time(6), time(11), 60, False),  # not any more
            (time(11, 45), time(18), 600, False),  # silent at night, open for a quarter of an hour
            (time(11, 15), time(18), 600, True),
            (time(22), time(6), 600, False),  # over midnight
            (time(22), time(13), 60, True),
        ],
    )
    def test_only_in_working_hours(
        self, floor: Cast, begin: time, end: time, minutes: int, is_silent: bool
    ) -> None:
        hours = {"silent_from": begin, "silent_until": end}
        assert self.silent(floor, minutes, **hours) is is_silent

    def test_managers_and_admins_are_told_once_a_silence(self, floor: Cast) -> None:
        feed = self.feed(floor)
        past = timezone.now() - timedelta(hours=1)
        feeds.create_message(floor.hospital, feed, received_at=past)
        assert [silence.look(), silence.look()] == [1, 0]
        with scopes_disabled():
            told = Notification.objects.filter(event__kind=Kind.FEED_SILENT)
            assert {each.recipient for each in told} == {floor.alice, floor.mona}
            assert told[0].title == "Feed of RAWDAH is silent"
            assert told[0].link == f"{PAGE}{feed.pk}/"
        again = timezone.now() - timedelta(minutes=40)
        feeds.create_message(floor.hospital, feed, received_at=again)
        assert silence.look() == 1


class TestWhoIsWho:
    def test_what_is_said_beside_what_is_known(self, client: Client, floor: Cast) -> None:
        feeds.create_question(floor.hospital, floor.patient)
        page = factories.sign_in(client, floor.mona).get(f"{PAGE}identity/").content.decode()
        assert "Somebody Else" in page
        assert "Pat Patel" in page

    def test_nobody_in_doubt(self, client: Client, floor: Cast) -> None:
        page = factories.sign_in(client, floor.mona).get(f"{PAGE}identity/").content.decode()
        assert "Nobody is in doubt" in page

    def test_another_person(self, client: Client, floor: Cast) -> None:
        question = feeds.create_question(floor.hospital, floor.patient, feed=the_feed(floor))
        client = factories.sign_in(client, floor.mona)
        address = f"{PAGE}identity/{question.pk}/"
        asked = client.get(f"{address}?answer=new").content.decode()
        assert "Somebody Else is somebody else?" in asked
        client.post(address, {"answer": "new"})
        question.refresh_from_db()
        assert (question.state, question.decided_by) == ("new", floor.mona)
        assert Patient.objects.filter(last_name="Else").exists()
        assert "decided already" in client.post(address, {"answer": "new"}).content.decode()

    def test_the_same_person_is_one_of_those_it_may_be(self, client: Client, floor: Cast) -> None:
        question = feeds.create_question(floor.hospital, floor.patient)
        stranger = factories.create_patient(floor.hospital)
        client = factories.sign_in(client, floor.mona)
        answer = {"answer": "matched", "patient": str(stranger.pk)}
        assert client.post(f"{PAGE}identity/{question.pk}/", answer).status_code == 422
        answer["patient"] = str(floor.patient.pk)
        assert client.post(f"{PAGE}identity/{question.pk}/", answer).status_code == 302
        question.refresh_from_db()
        assert (question.state, question.patient) == ("matched", floor.patient)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("PID|1||MRN||Doe^Jane", "PID|…"),
        ("pid|1||MRN", "PID|…"),
        ("free text that goes on", "FRE|…"),
        ("NTE|1||Mrs Doe said", "NTE|1||…"),
        ("OBX|1|TX|A||Mrs Doe||||||F", "OBX|1|TX|A||…||||||F"),
        ("OBX|1|NM|A||7.9|mmol/L", "OBX|1|NM|A||7.9|mmol/L"),
        ("PV1|1|I|CARD^^1||||C006^Prasad^Priya", "PV1||I|CARD^^1"),
        ("EVN|A01|20200508|||C006^Prasad^Priya|20200509", "EVN|A01|20200508||||20200509"),
        ("TXA|1|PN||20200508|C001^Forster^Richard", "TXA|…"),
        ("ZPI|1|Doe^Jane", "ZPI|…"),
        (
            "OBR|1|A|B|2093-3^Chol|||20200508|||C1^Lee^Ann||||||C2^Roe^Max",
            "OBR|1|A|B|2093-3^Chol|||20200508",
        ),
        ("ORC|RE|A|B||||||20200508|C1^Lee^Ann||C2^Roe^Max", "ORC|RE|A|B||||||20200508"),
        ("AIP|1||C006^Prasad^Priya", "AIP|…"),
    ],
)
def test_masking(line: str, shown: str) -> None:
    assert masking.masked(f"MSH|^~\\&|A\r{line}").split("\n")[1] == shown


def test_another_hospitals_feed_is_not_there(client: Client, floor: Cast) -> None:
    stored = feeds.create_message(floor.other_hospital)
    client = factories.sign_in(client, floor.alice)
    assert client.get(f"{PAGE}messages/{stored.pk}/").status_code == 404
    assert client.get(f"{PAGE}{stored.feed_id}/").status_code == 404
    with scope(hospital=floor.hospital.pk):
        assert figures.of_feeds(floor.hospital)[0].feed.hospital == floor.hospital

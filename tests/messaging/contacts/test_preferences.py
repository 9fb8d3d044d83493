"""STOP means stop, in every spelling; each change is an event, and holds for what is queued."""

import base64

import pytest
from django.core import signing
from django_scopes import scope, scopes_disabled

from messaging.carriers.base import Inbound
from messaging.channels import Channel
from messaging.contacts import hearing, preferences, unsubscribing
from messaging.models import Message, NotificationPreference
from tests import factories
from tests.cast import Cast
from tests.messaging import people
from tests.messaging.people import MAIL, NUMBER, make_reachable, prefer, written
from wards.kinds import Kind
from wards.models import Event, Patient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _reachable(cast: Cast) -> None:
    make_reachable(cast)


def hear(body: str, channel: Channel = Channel.SMS, address: str = NUMBER) -> None:
    hearing.heard(Inbound(channel, address, body))


def wants(patient: Patient, field: str) -> bool:
    with scopes_disabled():
        made = NotificationPreference.objects.filter(patient=patient).first()
    return bool(getattr(made or NotificationPreference(), field))


def changes(patient: Patient) -> list[Event]:
    with scopes_disabled():
        recorded = Event.objects.filter(kind=Kind.PREFERENCES_CHANGED, patient=patient)
        return list(recorded.order_by("id"))


class TestStop:
    @pytest.mark.parametrize(
        "body",
        [
            *("STOP", "stop", " Stop.", "STOP!", "«stop»", "Unsubscribe", "cancel", "Quit", "END"),
            *("إيقاف", "ايقاف", "أيقاف", "إِيقَاف", "إيـــقاف", "توقف", "قف", "وقف.", "كفى"),
            *("stopall", "إلغاء الاشتراك", "الغاء  الإشتراك", "إيقاف الرسائل", "إلغاء", "S T O P"),
        ],
    )
    def test_words_that_switch_off(self, cast: Cast, body: str) -> None:
        hear(body)
        assert not wants(cast.patient, "sms")
        assert wants(cast.patient, "whatsapp")
        assert wants(cast.patient, "email")

    @pytest.mark.parametrize("body", ["START", "start ", "Unstop", "ابدأ", "تفعيل", "اشتراك"])
    def test_words_that_switch_on(self, cast: Cast, body: str) -> None:
        prefer(cast.patient, sms=False, whatsapp=False)
        hear(body)
        assert wants(cast.patient, "sms")
        assert not wants(cast.patient, "whatsapp")

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "Please do not stop writing",
            "stop by at 5?",
            "Yes",
            "I cannot come",
            "🛑",
            "start stop",
            "x" * 5000,
        ],
    )
    def test_anything_else_changes_nothing(self, cast: Cast, body: str) -> None:
        hear(body)
        assert wants(cast.patient, "sms")
        assert changes(cast.patient) == []

    def test_it_is_for_the_channel_it_came_by(self, cast: Cast) -> None:
        hear("STOP", Channel.WHATSAPP)
        assert wants(cast.patient, "sms")
        assert not wants(cast.patient, "whatsapp")
        hear("unsubscribe", Channel.EMAIL, MAIL.upper())
        assert not wants(cast.patient, "email")

    @pytest.mark.parametrize(
        "phone", ["0501234567", "+966 50 123-4567", "00966501234567", "+9660501234567"]
    )
    def test_it_is_for_all_who_share_the_number_in_whatever_hospital(
        self, cast: Cast, phone: str
    ) -> None:
        sister = factories.create_patient(cast.hospital, phone=phone)
        cast.other_hospital.timezone = "Asia/Riyadh"
        cast.other_hospital.save()
        elsewhere = factories.create_patient(cast.other_hospital, phone=phone)
        hear("STOP")
        assert not any(wants(who, "sms") for who in (cast.patient, sister, elsewhere))
        assert [event.hospital_id for event in changes(elsewhere)] == [cast.other_hospital.pk]

    @pytest.mark.parametrize("phone", ["0501234568", "+49 501 234567", "1234567", ""])
    def test_nobody_else_is_stopped(self, cast: Cast, phone: str) -> None:
        other = factories.create_patient(cast.hospital, phone=phone)
        hear("STOP")
        assert wants(other, "sms")

    def test_twice_is_once(self, cast: Cast) -> None:
        hear("STOP")
        hear("STOP")
        assert len(changes(cast.patient)) == 1

    def test_a_number_that_nobody_has(self) -> None:
        hear("STOP", address="+966509999999")
        hear("STOP", address="")  # nor is it that of all who have none
        hear("STOP", Channel.EMAIL, "")
        hear("STOP", Channel.PUSH, "https://push.example/1")
        with scopes_disabled():
            assert not NotificationPreference.objects.exists()

    def test_what_waits_is_not_sent_any_more(self, cast: Cast) -> None:
        with scopes_disabled():
            Message.objects.bulk_create(
                Message(
                    hospital=cast.hospital,
                    patient=cast.patient,
                    topic="care",
                    channel=channel,
                    address=address,
                    language="en",
                    body="Hello",
                )
                for channel, address in (("sms", NUMBER), ("email", MAIL))
            )
        hear("STOP")
        with scopes_disabled():
            assert list(people.objections(written()).values()) == ["opted_out"]


class TestChange:
    def test_it_is_kept_who_switched_what(self, cast: Cast) -> None:
        with scope(hospital=cast.hospital.pk):
            changed = preferences.change(
                patient=cast.patient, by=cast.dana, sms=False, email=True, marketing=True
            )
        assert changed == ["sms", "marketing"]
        [event] = changes(cast.patient)
        assert event.actor == cast.dana
        assert event.source == Event.Source.WEB
        assert event.data == {"how": "page", "set": {"sms": False, "marketing": True}}

    def test_what_the_patient_says_has_no_actor(self, cast: Cast) -> None:
        hear("STOP")
        [event] = changes(cast.patient)
        assert event.actor is None
        assert event.source == Event.Source.SYSTEM
        assert event.data == {"how": "reply", "set": {"sms": False}}

    def test_nothing_different_is_nothing(self, cast: Cast) -> None:
        with scope(hospital=cast.hospital.pk):
            assert preferences.change(patient=cast.patient, by=cast.dana, sms=True) == []
        assert changes(cast.patient) == []

    def test_the_language_is_the_patients(self, cast: Cast) -> None:
        with scope(hospital=cast.hospital.pk):
            preferences.change(patient=cast.patient, by=cast.dana, language="ar")
            cast.patient.refresh_from_db()
            assert cast.patient.language == "ar"
            assert Event.objects.latest("id").kind == Kind.PATIENT_UPDATED


class TestLink:
    def message(self, cast: Cast, **fields: object) -> Message:
        given = {"hospital": cast.hospital, "patient": cast.patient, "channel": "email"}
        given["address"] = MAIL
        return Message(**given | {"topic": "care"} | fields)

    def test_it_switches_e_mail_off_and_news_alone_where_they_are_news(self, cast: Cast) -> None:
        for topic, field in (("care", "email"), ("marketing", "marketing")):
            link = unsubscribing.of_token(token(self.message(cast, topic=topic)))
            assert link == (cast.hospital, cast.patient, field, MAIL)

    def test_it_names_nobody(self, cast: Cast) -> None:
        url = unsubscribing.url(self.message(cast))
        assert url.startswith("http")
        assert not any(word in url.lower() for word in ("pat", "966", "example.org"))
        sealed = token(self.message(cast))
        assert MAIL.encode() not in base64.urlsafe_b64decode(sealed)

    def test_only_e_mails_to_patients_and_of_bulk_sends_have_one(self, cast: Cast) -> None:
        assert unsubscribing.url(self.message(cast, channel="sms")) == ""
        assert unsubscribing.url(self.message(cast, patient=None)) == ""
        assert unsubscribing.url(self.message(cast, patient=None, campaign_id=1))

    def test_one_of_old_still_leads_there(self, cast: Cast) -> None:
        old = signing.dumps([cast.patient.pk, "email"], salt="messaging.unsubscribe")
        assert unsubscribing.of_token(old) == (cast.hospital, cast.patient, "email", "")

    @pytest.mark.parametrize("token", ["", "x", "WzEsImVtYWlsIl0:1:x", "é"])
    def test_a_forged_one_is_nobodys(self, cast: Cast, token: str) -> None:
        assert unsubscribing.of_token(token) is None


def token(message: Message) -> str:
    return unsubscribing.url(message).rstrip("/").rsplit("/", 1)[-1]

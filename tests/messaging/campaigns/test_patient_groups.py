"""Whom a bulk send reaches, in which words, and who is left out and why."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from messaging.campaigns.actions import Words
from messaging.campaigns.preview import preview
from messaging.channels import Channel, Topic
from messaging.models import Campaign
from messaging.reasons import Reason
from messaging.sms_parts import count
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import (
    create_campaign,
    create_people,
    included,
    reasons,
    recipients,
)
from tests.messaging.people import prefer
from wards.actions import admissions
from wards.models import Appointment, Discharge, Language

pytestmark = pytest.mark.usefixtures("unscoped")
Audience = Campaign.Audience


class TestEverybody:
    def test_each_with_a_number_gets_it_in_their_language(self, riyadh: Cast) -> None:
        english, arabic = create_people(riyadh.hospital, 2)
        arabic.language = Language.ARABIC
        arabic.save()
        campaign = create_campaign(riyadh.dana)
        assert (campaign.status, campaign.total, campaign.included) == ("ready", 3, 2)
        first, second = included(campaign)
        assert (first.patient_id, second.patient_id) == (english.pk, arabic.pk)
        assert (first.address, first.country, first.channel) == ("+966500000001", "SA", "sms")
        assert first.body == "Dear Layla, we are open."
        assert second.body == "السيد/ة Layla، نحن هنا."
        assert (second.language, second.parts) == ("ar", count(second.body).parts)
        assert first.subject == "", "an SMS has none"
        assert reasons(campaign) == {1: Reason.NO_ADDRESS}

    @pytest.mark.parametrize(
        "text", [r"\N", "One.\n\\.\nTwo.", 'C:\\new\n\t"{first_name}";\r\n\\', r"\{first_name}"]
    )
    def test_every_letter_is_kept(self, riyadh: Cast, text: str) -> None:
        odd = 'O\\\'Neil\t"the\\n"\n\\N\r'
        create_people(riyadh.hospital, 1, first_name=odd)
        campaign = create_campaign(riyadh.dana, variants=[Words(body_en=text)])
        (only,) = included(campaign)
        assert only.body == text.replace("{first_name}", odd)
        assert only.values.get("first_name", odd) == odd

    def test_the_patients_wishes_come_first(self, riyadh: Cast) -> None:
        prefers, stopped, silent, plain = create_people(riyadh.hospital, 4)
        prefer(prefers, preferred_channel=Channel.EMAIL)
        prefer(stopped, sms=False)
        prefer(silent, sms=False, email=False)
        campaign = create_campaign(riyadh.dana, channels=[Channel.SMS, Channel.EMAIL])
        channels = {each.patient_id: (each.channel, each.fallbacks) for each in included(campaign)}
        assert channels == {
            prefers.pk: ("email", ["sms"]),
            stopped.pk: ("email", []),
            plain.pk: ("sms", ["email"]),
        }
        assert Reason.OPTED_OUT in reasons(campaign).values()
        mail = next(each for each in included(campaign) if each.patient_id == prefers.pk)
        assert (mail.subject, mail.parts, mail.country) == ("News", 0, "")

    def test_news_go_only_to_those_who_asked(self, riyadh: Cast) -> None:
        wants, not_asked, no_reminders = create_people(riyadh.hospital, 3)
        prefer(wants, marketing=True)
        prefer(no_reminders, reminders=False)
        news = create_campaign(riyadh.dana, topic=Topic.MARKETING)
        assert [each.patient_id for each in included(news)] == [wants.pk]
        reminder = create_campaign(riyadh.dana, topic=Topic.REMINDERS)
        told = {each.patient_id for each in included(reminder)}
        assert told == {wants.pk, not_asked.pk}

    def test_the_dead_are_left_in_peace(self, riyadh: Cast) -> None:
        died, _alive = create_people(riyadh.hospital, 2)
        stay = factories.create_admission(ward=riyadh.cardiology, patient=died)
        admissions.discharge(admission=stay, status=Discharge.Status.DECEASED)
        assert Reason.DECEASED in reasons(create_campaign(riyadh.dana)).values()

    @pytest.mark.parametrize("retired", [True, False])
    def test_s06_nor_who_is_dead_under_another_number(self, riyadh: Cast, retired: bool) -> None:
        one, other = create_people(riyadh.hospital, 2)
        other.deceased = True
        (other if retired else one).merged_into = one if retired else other
        one.save()
        other.save()
        assert [*reasons(create_campaign(riyadh.dana)).values()].count(Reason.DECEASED) == 2

    def test_a_number_that_does_not_exist(self, riyadh: Cast) -> None:
        create_people(riyadh.hospital, 1, phone="12345")
        assert reasons(create_campaign(riyadh.dana)) == {1: Reason.NO_ADDRESS, 2: Reason.BAD_NUMBER}

    def test_the_same_words_go_to_a_number_once(self, riyadh: Cast) -> None:
        create_people(riyadh.hospital, 2, phone="0501234567")
        same = create_campaign(riyadh.dana, variants=[Words(body_en="We are open.")])
        assert list(reasons(same).values()) == [Reason.NO_ADDRESS, Reason.DUPLICATE]
        create_people(riyadh.hospital, 1, phone="+966 50 123 4567", first_name="Omar")
        named = create_campaign(riyadh.dana)
        assert sorted(each.body for each in included(named)) == [
            "Dear Layla, we are open.",
            "Dear Omar, we are open.",
        ]

    def test_nobody_of_another_hospital(self, riyadh: Cast) -> None:
        create_people(riyadh.other_hospital, 2)
        assert create_campaign(riyadh.dana).included == 0

    def test_a_channel_without_a_template_is_passed_over(self, riyadh: Cast) -> None:
        create_people(riyadh.hospital, 1)
        words = factories.create_template(riyadh.hospital, code="open_day", channel=Channel.SMS)
        campaign = create_campaign(
            riyadh.dana,
            channels=[Channel.EMAIL, Channel.SMS],
            variants=[Words(code="open_day")],
        )
        (one,) = included(campaign)
        assert one.channel == "sms"
        assert one.version == words.versions.get()
        assert one.body == "Dear Layla, come to Rawdah General."


class TestGroups:
    def test_by_tag(self, riyadh: Cast) -> None:
        create_people(riyadh.hospital, 1)
        (tagged,) = create_people(riyadh.hospital, 1, tags=["diabetes", "flu"], phone="0509999999")
        campaign = create_campaign(
            riyadh.dana, audience=Audience.TAGS, parameters={"tags": ["flu", "x"]}
        )
        assert [each.patient_id for each in recipients(campaign)] == [tagged.pk]

    def test_by_ward_with_bed_and_day(self, riyadh: Cast) -> None:
        here, gone = create_people(riyadh.hospital, 2)
        factories.create_admission(ward=riyadh.cardiology, patient=here, bed=riyadh.bed)
        admissions.discharge(
            admission=factories.create_admission(ward=riyadh.cardiology, patient=gone)
        )
        words = Words(body_en="{ward_name} {bed_number} {admission_date}", body_ar="{ward_name}")
        campaign = create_campaign(
            riyadh.dana,
            audience=Audience.WARD,
            parameters={"ward": riyadh.cardiology.pk},
            variants=[words],
        )
        (one,) = recipients(campaign)
        today = timezone.localdate(timezone=ZoneInfo("Asia/Riyadh"))
        assert one.body == f"Cardiology C-01 {today:%a} {today.day} {today:%b %Y}"

    def test_by_the_day_of_the_appointment(self, riyadh: Cast) -> None:
        zone = ZoneInfo("Asia/Riyadh")
        day = timezone.localdate(timezone=zone) + timedelta(days=2)
        at = datetime(day.year, day.month, day.day, 9, 30, tzinfo=zone)
        twice, cancelled, other_day = create_people(riyadh.hospital, 3)
        for when in (at + timedelta(hours=3), at):
            factories.create_appointment(provider=riyadh.priya, patient=twice, starts_at=when)
        factories.create_appointment(
            provider=riyadh.priya, patient=cancelled, starts_at=at, status="cancelled"
        )
        for days in (-1, 1):
            factories.create_appointment(
                provider=riyadh.priya, patient=other_day, starts_at=at + timedelta(days=days)
            )
        campaign = create_campaign(
            riyadh.dana,
            audience=Audience.APPOINTMENTS,
            parameters={"day": day.isoformat()},
            topic=Topic.REMINDERS,
            variants=[Words(code="appointment_reminder_due")],
        )
        (one,) = recipients(campaign)
        assert one.patient_id == twice.pk
        assert one.starts_at == at, "the first of the day"
        assert one.appointment == Appointment.objects.get(starts_at=at, patient=twice)
        assert f"{day:%a} {day.day} {day:%b %Y} at 09:30 with Priya Prasad" in one.body


class TestVariants:
    def test_shares_and_the_same_again(self, riyadh: Cast) -> None:
        create_people(riyadh.hospital, 200)
        both = [
            Words(body_en="A {first_name}", share=30),
            Words(body_en="B {first_name}", share=70),
        ]
        campaign = create_campaign(riyadh.dana, variants=both)
        first = {each.patient_id: each.variant for each in included(campaign)}
        assert 25 < sum(variant == 0 for variant in first.values()) < 105
        letters = {0: "A", 1: "B"}
        assert all(each.body[0] == letters[each.variant] for each in included(campaign))
        found = preview(campaign)
        assert [share.name for share in found.by_variant] == ["A", "B"]
        assert sum(share.messages for share in found.by_variant) == 200

    def test_who_shares_a_number_reads_the_same_variant(self, riyadh: Cast) -> None:
        for each in range(30):
            for name in ("Omar", "Sara"):
                factories.create_patient(riyadh.hospital, first_name=name, phone=f"050 {each:07}")
        both = [
            Words(body_en="A {first_name}", share=50),
            Words(body_en="B {first_name}", share=50),
        ]
        found = included(create_campaign(riyadh.dana, variants=both))
        by_number: dict[str, set[int]] = {}
        for row in found:
            by_number.setdefault(row.address, set()).add(row.variant)
        assert len(found) == 60
        assert all(len(variants) == 1 for variants in by_number.values())
        assert {0, 1} == set.union(*by_number.values())


class TestPreview:
    def test_the_counts(self, riyadh: Cast) -> None:
        people = create_people(riyadh.hospital, 12)
        people[0].language = Language.ARABIC
        people[0].save()
        factories.create_patient(riyadh.hospital, email="only@example.org")
        campaign = create_campaign(riyadh.dana, channels=[Channel.SMS, Channel.EMAIL])
        found = preview(campaign)
        assert (found.people, found.included, found.left_out) == (14, 13, 1)
        assert [(each.reason, each.people) for each in found.excluded] == [(Reason.NO_ADDRESS, 1)]
        assert {s.name: (s.messages, s.parts) for s in found.by_channel} == {
            "sms": (12, 12),
            "email": (1, 0),
        }
        assert {s.name: s.messages for s in found.by_language} == {"en": 12, "ar": 1}
        assert {s.name: s.messages for s in found.by_encoding} == {"GSM-7": 11, "UCS-2": 1}
        assert found.by_country == {("sms", "SA"): 12, ("email", ""): 1}
        assert found.parts == 12
        assert [each.body for each in found.first] == [
            each.body for each in included(campaign)[:10]
        ]

    def test_what_it_costs_at_the_prices_there_are(self, riyadh: Cast) -> None:
        create_people(riyadh.hospital, 3)
        factories.create_delivered(riyadh.hospital, cost="0.05", currency="SAR")
        campaign = create_campaign(riyadh.dana)
        cost = preview(campaign).cost
        assert {currency: float(amount) for currency, amount in cost.items()} == {"SAR": 0.15}

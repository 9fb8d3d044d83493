"""Safety S3: whom the rows of lists and files mean. Never the oldest of several, never the dead."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.campaigns.actions import Words
from messaging.campaigns.preview import preview
from messaging.channels import Channel, Topic
from messaging.models import Campaign
from messaging.reasons import Reason
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import (
    create_campaign,
    included,
    page,
    reasons,
    recipients,
    send,
    url,
    work,
)
from tests.messaging.outbox import Scripted, drain
from tests.messaging.people import prefer
from wards.models import Patient

pytestmark = pytest.mark.usefixtures("unscoped")
Audience = Campaign.Audience
HELLO = [Words(body_en="Hello there")]
FAMILY = "0508881111"


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def family(riyadh: Cast) -> dict[str, Patient]:
    """Ali, who has died, and Sara and Nora share a phone; Ali's record is the oldest."""
    names = ("Ali", "Sara", "Nora")
    return {
        name: factories.create_patient(
            riyadh.hospital,
            number=f"000{place}",
            first_name=name,
            last_name="Dosari",
            phone=FAMILY,
            email=f"{name.lower()}@example.org",
            deceased=name == "Ali",
        )
        for place, name in enumerate(names, 1)
    }


def to_file(cast: Cast, file: str, **given: Any) -> Campaign:
    how: dict[str, Any] = {"audience": Audience.FILE, "variants": HELLO, "source": file} | given
    return create_campaign(cast.dana, **how)


def whom(campaign: Campaign) -> dict[int, int | None]:
    return {each.line: each.patient_id for each in recipients(campaign)}


def test_s03_a_shared_phone_goes_to_the_living_person_named(
    riyadh: Cast, family: dict[str, Patient], scripted: Scripted
) -> None:
    """05-shared-phone-of-a-dead-patient."""
    campaign = to_file(riyadh, "name,phone\nSara Dosari,0508881111\n")
    assert whom(campaign) == {2: family["Sara"].pk}
    send(campaign, riyadh.dana)
    drain(scripted)
    assert [each.to for each in scripted.taken] == ["+966508881111"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Ali Dosari", Reason.DECEASED),
        ("", Reason.UNCLEAR_PERSON),
        ("Dosari", Reason.UNCLEAR_PERSON),
        ("Omar Farouk", Reason.UNCLEAR_PERSON),  # whoever that is: the dead man's phone
        ("سارة الدوسري", Reason.UNCLEAR_PERSON),
    ],
)
def test_s03_else_nobody_is_written_to_at_a_dead_patients_phone(
    riyadh: Cast, family: dict[str, Patient], row: str, why: Reason
) -> None:
    campaign = to_file(riyadh, f"name,phone\n{row},{FAMILY}\n")
    assert reasons(campaign)[2].partition(":")[0] == why


def test_s03_several_are_listed_never_the_oldest_taken(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    campaign = create_campaign(
        riyadh.dana, audience=Audience.LIST, variants=HELLO, source=f"{FAMILY}\n0550000009"
    )
    assert reasons(campaign) == {
        1: "unclear_person: Ali Dosari (0001), Sara Dosari (0002), Nora Dosari (0003)"
    }
    assert [each.line for each in included(campaign)] == [2]
    (left_out,) = preview(campaign).excluded
    assert (left_out.reason, left_out.people) == (Reason.UNCLEAR_PERSON, 1), "counted as one"


def test_s03_mailbox_and_phone_together_may_say_who(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    campaign = to_file(
        riyadh,
        "email,phone,name\n"
        f"nora@example.org,{FAMILY},\n"
        f"nora@example.org,{FAMILY},Sara Dosari\n"
        "nora@example.org,,\n",
    )
    assert whom(campaign) == {2: family["Nora"].pk, 3: family["Sara"].pk, 4: family["Nora"].pk}


def test_s03_each_key_finds_only_what_it_says_it_is(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    sara = family["Sara"]
    campaign = to_file(
        riyadh,
        "patient_id,phone,email\n"
        f"{sara.pk},0550000008,\n"  # an id of the database
        f"{FAMILY},0550000008,\n"  # a phone
        "sara@example.org,0550000008,\n"
        "2,0550000008,\n"  # without its zeros
        "0002,0550000008,\n",
    )
    assert reasons(campaign) == {
        2: Reason.UNKNOWN_PATIENT,
        3: Reason.UNKNOWN_PATIENT,
        4: Reason.UNKNOWN_PATIENT,
        5: f"{Reason.LOST_ZEROS}: 0002",
    }
    assert whom(campaign)[6] == sara.pk


def test_s03_another_patients_phone_does_not_change_who_is_meant(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    """03b-stop-number-in-another-patients-row: whose wishes count is the named patient's, and the
    address's own."""
    other = factories.create_patient(riyadh.hospital, number="1000027", phone="0551234567")
    named = factories.create_patient(riyadh.hospital, number="1000028", phone="0550000028")
    prefer(named, sms=False)
    campaign = to_file(riyadh, "patient_id,phone\n1000028,+966551234567\n")
    assert whom(campaign) == {2: named.pk}
    assert reasons(campaign) == {2: Reason.OPTED_OUT}
    assert other.pk not in whom(campaign).values()


def test_s03_number_and_name_that_contradict_each_other(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    rows = "patient_id,name,date_of_birth\n0002,Sara Dosari,\n0003,Omar Farouk,\n"
    campaign = to_file(riyadh, rows)
    assert whom(campaign)[2] == family["Sara"].pk
    assert reasons(campaign) == {3: f"{Reason.CONTRADICTED}: Nora Dosari (0003)"}


def test_s03_a_stranger_at_a_patients_address_is_no_way_round_their_no(riyadh: Cast) -> None:
    known = factories.create_patient(riyadh.hospital, phone="0550000031")
    prefer(known, sms=False)
    campaign = to_file(riyadh, "name,phone\nSomebody Else,0550000031\n")
    assert reasons(campaign) == {2: Reason.OPTED_OUT}
    assert whom(campaign) == {2: None}


def test_s03_a_record_that_was_merged_means_the_one_that_counts(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    old = factories.create_patient(riyadh.hospital, number="OLD", phone="0550000041")
    Patient.objects.filter(pk=old.pk).update(merged_into=family["Sara"])
    campaign = to_file(riyadh, "patient_id,phone\nOLD,\n,0550000041\n", topic=Topic.CARE)
    assert whom(campaign) == {2: family["Sara"].pk, 3: family["Sara"].pk}


def test_s03_landlines_get_no_sms_and_the_next_channel_is_taken(riyadh: Cast) -> None:
    campaign = to_file(
        riyadh,
        "phone,email\n011 555 0100,a@example.org\n+44 845 123 4567,\n",
        channels=[Channel.SMS, Channel.EMAIL],
        variants=[Words(subject_en="Hi", body_en="Hello there")],
    )
    assert [each.address for each in included(campaign)] == ["a@example.org"]
    assert reasons(campaign) == {3: Reason.COSTLY_NUMBER}


def test_as_many_queries_however_many_rows_are_unclear(
    riyadh: Cast, family: dict[str, Patient]
) -> None:
    counts = []
    for number in (1, 300):
        rows = "".join(f"{n},,\n,{FAMILY},\n,,sara@example.org\n" for n in range(1, number + 1))
        campaign = create_campaign(
            riyadh.dana, ready=False, audience=Audience.FILE, variants=HELLO,
            source=f"patient_id,phone,email\n{rows}",
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            work(campaign)
        counts.append(len(queries))
    assert counts[0] == counts[1]


class TestRehearsal:
    def test_s03_each_row_by_name_and_bed(
        self, riyadh: Cast, family: dict[str, Patient], client: Client
    ) -> None:
        factories.create_admission(ward=riyadh.cardiology, bed=riyadh.bed, patient=family["Sara"])
        rows = f"name,phone\nSara Dosari,{FAMILY}\nDosari,{FAMILY}\nOmar Farouk,0550000077\n"
        campaign = to_file(riyadh, rows)
        dana = factories.sign_in(client, riyadh.dana)
        assert url("_people", campaign) in page(dana, campaign)
        shown = dana.get(url("_people", campaign)).content.decode()
        for words in ("Sara Dosari", "0002", "CARD/C-01", "+966508881111", "Omar Farouk"):
            assert words in shown
        assert "Ali Dosari (0001), Sara Dosari (0002)" in shown, "why, and who it could be"

    @pytest.mark.parametrize(
        ("search", "found"),
        [("sara", {2}), ("0002", {2}), ("Farouk", {4}), ("0550000077", {4}), ("zz", set())],
    )
    def test_s03_and_a_search_in_them(
        self,
        riyadh: Cast,
        family: dict[str, Patient],
        client: Client,
        search: str,
        found: set[int],
    ) -> None:
        rows = f"patient_id,name,phone\n0002,,{FAMILY}\n0003,,{FAMILY}\n,Omar Farouk,0550000077\n"
        campaign = to_file(riyadh, rows)
        dana = factories.sign_in(client, riyadh.dana)
        answer = dana.get(url("_people", campaign), {"q": search})
        assert {each.recipient.line for each in answer.context["people"]} == found

    def test_as_many_queries_for_many_and_nobody_elses(self, riyadh: Cast, client: Client) -> None:
        dana = factories.sign_in(client, riyadh.dana)
        counts = []
        for number in (1, 40):
            rows = "".join(f"A{n},05500{n:05}\n" for n in range(number))
            campaign = to_file(riyadh, f"name,phone\n{rows}")
            with CaptureQueriesContext(connection) as queries:
                assert dana.get(url("_people", campaign)).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
        zed = factories.sign_in(Client(), riyadh.zed)
        assert zed.get(url("_people", campaign)).status_code == 404

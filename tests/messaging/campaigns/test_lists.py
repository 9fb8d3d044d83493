"""Bulk sends to files and pasted lists."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.campaigns import actions, exports, lists
from messaging.campaigns.actions import Words
from messaging.campaigns.files import sent_before
from messaging.carriers.base import Refusal
from messaging.channels import Channel, Topic
from messaging.models import Campaign
from messaging.reasons import Reason
from tests import factories
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.made_campaigns import (
    create_campaign,
    create_people,
    included,
    reasons,
    recipients,
    send,
    work,
)
from tests.messaging.outbox import Scripted, drain
from tests.messaging.people import prefer
from wards.base.refused import Refused
from wards.models import Language

pytestmark = pytest.mark.usefixtures("unscoped")
Audience = Campaign.Audience
BILL = [Words(body_en="{name}: {amount} is due.", body_ar="{name}: المبلغ {amount}")]
FILE = """patient_id,name,phone,email,language,amount
P-1,Layla Haddad,,,,250
,Omar Farouk,+966 55 000 0002,omar@example.org,en,80
,Sara,0550000003,,Arabic,12
"""


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def town(riyadh: Cast) -> Cast:
    """Layla (P-1) is a patient there."""
    factories.create_patient(
        riyadh.hospital, number="P-1", phone="0550000001", language=Language.ARABIC
    )
    return riyadh


def bill(town: Cast, file: str, **given: Any) -> Campaign:
    how: dict[str, Any] = {"audience": Audience.FILE, "variants": BILL, "source": file} | given
    return create_campaign(town.dana, **how)


class TestFiles:
    def test_columns_become_placeholders(self, town: Cast) -> None:
        first, second, third = included(bill(town, FILE))
        assert first.body == "Layla Haddad: المبلغ 250", "a patient's own language and number"
        assert (first.line, first.address) == (2, "+966550000001")
        assert second.body == "Omar Farouk: 80 is due."
        assert (second.line, second.patient_id, second.address) == (3, None, "+966550000002")
        assert (third.language, third.body) == ("ar", "Sara: المبلغ 12")
        assert second.values["amount"] == "80"

    def test_a_patient_is_known_by_number_address_and_phone(self, town: Cast) -> None:
        by_mail, by_phone = create_people(town.hospital, 2)
        stopped = factories.create_patient(town.hospital, number="P-9", phone="0550000009")
        create_people(town.other_hospital, 3)
        for patient in (by_mail, by_phone, stopped):
            prefer(patient, sms=False)
        rows = "phone,email,name,amount,patient_id\n" + (
            f"0551111111,{by_mail.email.upper()},A,1,\n+966500000002,,B,2,\n,,C,3,P-9\n"
            "0500000003,,D,4,\n"
        )
        campaign = bill(town, rows)
        assert reasons(campaign) == dict.fromkeys((2, 3, 4), Reason.OPTED_OUT)
        known = {each.line: each.patient_id for each in recipients(campaign)}
        assert known == {2: by_mail.pk, 3: by_phone.pk, 4: stopped.pk, 5: None}

    def test_why_rows_are_left_out(self, town: Cast) -> None:
        rows = (
            "patient_id,name,phone,email,amount\n"
            "P-404,A,0550000004,,1\n"  # 2
            ",B,12,,1\n"  # 3
            ",C,,,1\n"  # 4
            ",D,0550000005,,\n"  # 5: no value
            ",E,0550000006\n"  # 6: too few cells
            ",F,0550000007,,1\n"  # 7
            ",F,+966550000007,,1\n"  # 8: the same words to the same number
            "P-1,G,,,1\n"  # 9
            "P-1,G,,,2\n"  # 10: the same patient
        )
        campaign = bill(town, rows)
        found = reasons(campaign)
        assert {line: reason.partition(":")[0] for line, reason in found.items()} == {
            2: Reason.UNKNOWN_PATIENT,
            3: Reason.BAD_NUMBER,
            4: Reason.NO_ADDRESS,
            5: Reason.NO_VALUE,
            6: Reason.BAD_ROW,
            8: Reason.DUPLICATE,
            10: Reason.DUPLICATE,
        }
        assert found[5] == f"{Reason.NO_VALUE}: amount"
        assert [each.line for each in included(campaign)] == [7, 9]

    def test_a_bad_mailbox(self, town: Cast) -> None:
        words = [Words(subject_en="Bill", body_en="{amount}")]
        rows = "email,amount\nno mail,1\nb@example,2\nc@example.org,3\n"
        campaign = bill(town, rows, channels=[Channel.EMAIL], variants=words)
        assert reasons(campaign) == {
            2: f"{Reason.BAD_ADDRESS}: “no mail” is not an e-mail address.",
            3: f"{Reason.BAD_ADDRESS}: “b@example” is not an e-mail address.",
        }

    @pytest.mark.parametrize(
        ("file", "why"),
        [
            ("", "empty"),
            ("phone,amount\n", "no rows"),
            ("amount,clinic\n1,2\n", "phone, email, patient_id"),
            ("phone,phone\n1,2\n", "twice"),
            ("phone,a-b,a b\n1,2,3\n", "twice"),
            ("phone,\n1,2\n", "no name for a column"),
            ('phone,name\n"05,A\n', "never closed"),
            ("phone,name\n05,A\0\n", "NUL"),
        ],
    )
    def test_files_that_cannot_be_read(self, town: Cast, file: str, why: str) -> None:
        with pytest.raises(Refused) as refused:
            bill(town, file, variants=[Words(body_en="Hi")])
        assert why in str(refused.value)
        assert not Campaign.objects.exists()

    def test_a_file_of_another_encoding(self, town: Cast) -> None:
        file = io.BytesIO("phone,name\n05,ليلى\n".encode("cp1256"))
        with pytest.raises(Refused) as refused:
            bill(town, file, variants=[Words(body_en="Hi")])  # type: ignore[arg-type]
        assert "UTF-8" in str(refused.value)

    def test_a_file_that_is_too_large(self, town: Cast, settings: object) -> None:
        settings.BULK_MAX_BYTES = 1024 * 1024  # type: ignore[attr-defined]
        with pytest.raises(Refused) as refused:
            bill(town, "phone,name,amount\n" + "0501234567,A,1\n" * 100_000)
        assert "larger than 1 MB" in str(refused.value)

    def test_a_column_that_the_words_ask_for_is_missing(self, town: Cast) -> None:
        with pytest.raises(Refused) as refused:
            bill(town, "phone,name\n0550000001,A\n")
        assert "{amount}" in str(refused.value)

    def test_names_of_columns_with_spaces(self, town: Cast) -> None:
        words = [Words(body_en="{due_date}")]
        (one,) = included(bill(town, "Phone, Due Date \n0550000001,Monday\n", variants=words))
        assert one.body == "Monday"

    def test_the_sample_is_a_good_file(self, town: Cast) -> None:
        words = [Words(body_en="{name} {clinic} {amount}")]
        campaign = bill(town, lists.SAMPLE, variants=words)
        assert [each.line for each in included(campaign)] == [3]
        assert reasons(campaign) == {2: Reason.UNKNOWN_PATIENT}

    def test_as_many_queries_for_many_rows(self, town: Cast) -> None:
        counts = []
        for number in (2, 500):
            rows = "".join(f"05500{n:05},N{n},{n}\n" for n in range(number))
            campaign = create_campaign(
                town.dana,
                ready=False,
                audience=Audience.FILE,
                variants=BILL,
                source=f"phone,name,amount\n{rows}",
            )
            with CaptureQueriesContext(connection) as queries:
                work(campaign)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestLists:
    def test_numbers_and_mailboxes_however_they_are_parted(self, town: Cast) -> None:
        text = "0550000011, +966 55 000 0012;a@example.org\r\n\n0550000011\nnobody"
        campaign = create_campaign(
            town.dana,
            audience=Audience.LIST,
            channels=[Channel.SMS, Channel.EMAIL],
            variants=[Words(subject_en="Hi", body_en="We are open.")],
            source=text,
        )
        found = {each.line: each.address for each in included(campaign)}
        assert found == {1: "+966550000011", 2: "+966550000012", 3: "a@example.org"}
        bad = f"{Reason.BAD_NUMBER}: “nobody” is not a phone number."
        assert reasons(campaign) == {4: Reason.DUPLICATE, 5: bad}

    def test_nothing_pasted(self, town: Cast) -> None:
        with pytest.raises(Refused):
            create_campaign(town.dana, audience=Audience.LIST, source=" \n, ")

    def test_news_to_a_known_patient_who_did_not_ask(self, town: Cast) -> None:
        words = [Words(body_en="News")]
        campaign = create_campaign(
            town.dana,
            audience=Audience.LIST,
            topic=Topic.MARKETING,
            variants=words,
            source="0550000001\n0559999999",
        )
        assert reasons(campaign) == {1: Reason.OPTED_OUT}


class TestTheSameFile:
    def test_one_that_was_sent_before(self, town: Cast) -> None:
        first = bill(town, FILE)
        again = bill(town, FILE, name="Again")
        assert sent_before(again) is None, "nothing has been sent yet"
        send(first, town.dana)
        assert sent_before(again) == first
        assert sent_before(first) is None
        assert sent_before(bill(town, FILE + ",Z,0550000099,,,1\n")) is None

    def test_not_one_of_another_hospital(self, town: Cast) -> None:
        send(bill(town, FILE.replace("P-1", "")), town.dana)
        theirs = create_campaign(
            town.zed, audience=Audience.FILE, variants=BILL, source=FILE.replace("P-1", "")
        )
        assert sent_before(theirs) is None

    def test_the_file_stays_when_the_words_change(self, town: Cast) -> None:
        campaign = bill(town, FILE)
        changed = actions.change_campaign(
            campaign=campaign,
            by=town.dana,
            name="Bills",
            audience=Audience.FILE,
            parameters={},
            topic=Topic.BILLING,
            channels=[Channel.SMS],
            variants=[Words(body_en="Please pay {amount}.", body_ar="{amount}")],
        )
        assert changed.fingerprint == campaign.fingerprint
        assert {each.body for each in included(work(changed))} == {
            "Please pay 80.",
            "250",
            "12",
        }


class TestErrors:
    def rows(self, campaign: Campaign) -> list[dict[str, str]]:
        file = io.BytesIO()
        exports.write_errors(file, campaign)
        return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))

    def test_left_out_and_failed_with_their_own_columns(self, town: Cast, use: Use) -> None:
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        campaign = bill(town, FILE + ",=cmd(),12,,en,99\n")
        send(campaign, town.dana)
        drain(carrier)
        failed, left_out = self.rows(campaign)
        assert (failed["line"], failed["status"], failed["error"]) == (
            "2",
            "bounced",
            "no_such_number",
        )
        assert (failed["patient_id"], failed["amount"]) == ("P-1", "250")
        assert (left_out["line"], left_out["status"]) == ("5", "left_out")
        assert left_out["error"] == "There is no such phone number: “12” is not a phone number."
        assert left_out["name"] == "'=cmd()", "no formula"
        assert left_out["address"] == "12"

    def test_the_reason_with_what_is_missing(self, town: Cast) -> None:
        (row,) = self.rows(bill(town, "phone,name,amount\n0550000001,A,\n"))
        assert row["error"] == f"{Reason.NO_VALUE.label}: amount"

    def test_the_corrected_file_can_be_sent_again(self, town: Cast) -> None:
        campaign = bill(town, "phone,name,amount\n12,A,5\n")
        file = io.BytesIO()
        exports.write_errors(file, campaign)
        corrected = file.getvalue().decode().replace(",12,", ",0550000001,")
        assert "phone" in corrected.splitlines()[0]
        again = bill(town, corrected.replace("\r", ""), name="Again")
        assert again.total == 1

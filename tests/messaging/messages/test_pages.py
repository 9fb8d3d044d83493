"""The pages of messages: the list, one message, sending again and taking back."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from messaging.messages.views import messages as views
from messaging.models import Message, MessageLog, TemplateVersion
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import never_quiet
from tests.messaging.outbox import Scripted, drain
from wards.actions import patients
from wards.kinds import Kind

LIST = "/notifications/messages/"
HTMX = {"hx-request": "true"}


def create(floor: Cast, **fields: Any) -> Message:
    return factories.create_delivered(floor.hospital, **fields)


def listed(client: Client, query: str = "") -> list[Message]:
    return list(client.get(LIST + query).context["listing"].messages)


def page(client: Client, message: Message) -> str:
    response = client.get(reverse("messaging:message", args=[message.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


class TestList:
    def test_the_newest_first_and_the_older_behind(
        self, dana: Client, floor: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "PAGE_SIZE", 2)
        made = [create(floor) for _ in range(5)]
        first = dana.get(LIST).context["listing"]
        assert first.messages == made[:2:-1]
        late = create(floor)
        second = dana.get(f"{LIST}?before={first.older}").context["listing"]
        assert second.messages == made[2:0:-1], "nothing slid on because of what came meanwhile"
        last = dana.get(f"{LIST}?before={second.older}").context["listing"]
        assert (last.messages, last.older) == (made[:1], None)
        assert listed(dana)[0] == late

    def test_filters(self, dana: Client, floor: Cast) -> None:
        version = TemplateVersion.objects.get(
            template__code="appointment_confirmed", template__channel="whatsapp"
        )
        failed = create(floor, status=Status.FAILED)
        whatsapp = create(floor, channel="whatsapp", version=version)
        old = create(floor, created_at=timezone.now() - timedelta(days=3))
        assert listed(dana, "?status=failed") == [failed]
        assert listed(dana, "?channel=whatsapp") == [whatsapp]
        assert listed(dana, f"?template={version.template_id}") == [whatsapp]
        day = timezone.localdate(old.created_at)
        assert listed(dana, f"?until={day}") == [old]
        assert listed(dana, f"?since={day}&until={day}") == [old]
        assert old not in listed(dana, f"?since={day + timedelta(days=1)}")
        nonsense = "?status=x&channel=x&template=x&since=x&until=9999-12-31&before=x"
        assert len(listed(dana, nonsense)) == 3

    def test_a_day_is_the_hospitals(self, dana: Client, floor: Cast) -> None:
        floor.hospital.timezone = "Asia/Riyadh"
        floor.hospital.save()
        late = create(floor, created_at=datetime(2026, 3, 1, 22, 30, tzinfo=UTC))
        assert listed(dana, "?since=2026-03-02&until=2026-03-02") == [late]
        assert listed(dana, "?until=2026-03-01") == []

    def test_search(self, dana: Client, floor: Cast) -> None:
        layla = factories.create_patient(
            floor.hospital, last_name="Mahfouz", number="X-9", phone="+966 50 765 4321"
        )
        to_layla = create(floor, patient=layla, address="+966507654321", body="About an invoice")
        other = create(floor, body="About your visit")
        for query in ("mahf", "X-9", "0507654321", "INVOICE", "66507654", f"%23{to_layla.pk}"):
            assert listed(dana, f"?q={query}") == [to_layla], query
        assert listed(dana, "?q=about") == [other, to_layla]
        assert listed(dana, "?q=%23x") == []

    def test_nobody_elses(self, dana: Client, floor: Cast) -> None:
        factories.create_delivered(floor.other_hospital)
        assert listed(dana) == []

    def test_who_has_no_patient_is_named_too(self, dana: Client, floor: Cast) -> None:
        message = create(floor, user=floor.priya)
        Message.objects.filter(pk=message.pk).update(patient=None)
        html = dana.get(LIST).content.decode()
        assert "Priya Prasad" in html

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, floor: Cast) -> None:
        def queries(query: str = "") -> int:
            with CaptureQueriesContext(connection) as captured:
                dana.get(LIST + query)
            return len(captured)

        create(floor)
        queries()
        few = queries()
        for _ in range(30):
            create(floor)
        assert queries() == few
        assert queries("?q=layla&status=delivered") == few

    def test_a_page_is_read_by_its_index(self, floor: Cast) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        own = Message.objects.filter(hospital=floor.hospital).order_by("-pk")
        assert "messages_of_a_hospital" in own[:30].explain()

    def test_it_watches_what_moves(self, dana: Client, floor: Cast) -> None:
        assert 'data-topic="messages"' in dana.get(LIST).content.decode()

    def test_managers_look_and_do_not_send(self, client: Client, floor: Cast) -> None:
        create(floor, status=Status.FAILED)
        factories.sign_in(client, floor.mona)
        assert "Send again" not in client.get(LIST).content.decode()


class TestExport:
    def rows(self, client: Client, query: str = "") -> list[dict[str, str]]:
        response = client.get(f"{LIST}export/{query}")
        assert response["Content-Type"].startswith("text/csv")
        assert ".csv" in response["Content-Disposition"]
        return list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))

    def test_what_is_filtered(self, dana: Client, floor: Cast) -> None:
        floor.hospital.timezone = "Asia/Riyadh"
        floor.hospital.save()
        at = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
        failed = create(
            floor,
            status=Status.FAILED,
            reason="30003",
            created_at=at,
            cost="0.0450",
            currency="SAR",
        )
        create(floor)
        (row,) = self.rows(dana, "?status=failed&before=1")
        assert row["Number"] == str(failed.pk)
        assert row["Created"] == "2026-03-02 01:30:00"
        assert row["Patient"] == str(failed.patient)
        assert (row["Channel"], row["Reason"], row["Cost"]) == ("sms", "30003", "0.0450")
        assert row["Sent"] == ""
        assert len(self.rows(dana)) == 2
        assert failed.body not in str(row)

    def test_no_formulas(self, dana: Client, floor: Cast) -> None:
        bad = factories.create_patient(floor.hospital, first_name="=1+1", number="@x")
        create(floor, patient=bad, reason="-2")
        (row,) = self.rows(dana)
        assert row["Patient"].startswith("'=1+1")
        assert (row["Patient_Number"], row["Reason"]) == ("'@x", "'-2")
        assert row["To"].startswith("'+966")

    def test_nobody_elses(self, dana: Client, floor: Cast) -> None:
        factories.create_delivered(floor.other_hospital)
        assert self.rows(dana) == []

    def test_searched_words_with_signs_of_their_own(self, dana: Client, floor: Cast) -> None:
        message = create(floor, body="100 % sure, it's \\ {fine}")
        for query in ("100+%25+sure", "it's+\\", "%25s", "{fine}"):
            found = self.rows(dana, f"?q={query}")
            assert [row["Number"] for row in found] == [str(message.pk)] * (query != "%25s"), query


class TestSendingAgain:
    def test_one(self, dana: Client, floor: Cast) -> None:
        message = create(floor, status=Status.BOUNCED, reason="21211")
        dana.post(reverse("messaging:message_retry", args=[message.pk]))
        message.refresh_from_db()
        assert message.status == Status.QUEUED
        assert message.due_at
        last = MessageLog.objects.filter(message=message).last()
        assert last is not None
        assert (last.status, last.actor) == (Status.QUEUED, floor.dana)

    def test_those_that_are_chosen(self, dana: Client, floor: Cast) -> None:
        failed = [create(floor, status=Status.FAILED) for _ in range(3)]
        delivered = create(floor)
        ids = [*(message.pk for message in (*failed[:2], delivered)), "x", ""]
        response = dana.post(f"{LIST}retry/", {"ids": ids}, headers=HTMX)
        assert response.status_code == 204
        assert "2 messages are sent again." in response["HX-Trigger"]
        left = Message.objects.filter(status=Status.FAILED)
        assert list(left) == failed[2:]
        delivered.refresh_from_db()
        assert delivered.status == Status.DELIVERED

    def test_none_of_them_failed(self, dana: Client, floor: Cast) -> None:
        response = dana.post(f"{LIST}retry/", {"ids": [create(floor).pk]}, headers=HTMX)
        assert "None of these has failed." in response["HX-Trigger"]

    def test_not_those_of_another_hospital(self, dana: Client, floor: Cast) -> None:
        theirs = factories.create_delivered(floor.other_hospital, status=Status.FAILED)
        dana.post(f"{LIST}retry/", {"ids": [theirs.pk]})
        with scope(hospital=floor.other_hospital.pk):
            theirs.refresh_from_db()
        assert theirs.status == Status.FAILED

    def test_to_a_number_that_was_corrected(
        self, dana: Client, floor: Cast, scripted: Scripted
    ) -> None:
        never_quiet(floor)
        layla = factories.create_patient(floor.hospital, phone="050 123 4567")
        event = factories.record_event(floor.hospital, Kind.PATIENT_UPDATED, patient=layla)
        failed = create(floor, patient=layla, event=event, status=Status.BOUNCED)
        patients.update_patient(patient=layla, phone="050 765 4321")
        dana.post(f"{LIST}retry/", {"ids": [failed.pk]})
        failed.refresh_from_db()
        assert failed.status == Status.QUEUED
        with scopes_disabled():
            drain(scripted)
        assert [message.to for message in scripted.taken] == ["+966507654321"]

    def test_it_is_offered_where_it_helps(self, dana: Client, floor: Cast) -> None:
        for status in Status:
            message = create(floor, status=status)
            offered = reverse("messaging:message_retry", args=[message.pk]) in page(dana, message)
            assert offered == (status in (Status.FAILED, Status.BOUNCED)), status


class TestTakingBack:
    def test_what_waits(self, dana: Client, floor: Cast) -> None:
        for status in (Status.QUEUED, Status.FAILED):
            message = create(floor, status=status, due_at=timezone.now() + timedelta(hours=1))
            address = reverse("messaging:message_cancel", args=[message.pk])
            assert address in page(dana, message)
            dana.post(address)
            message.refresh_from_db()
            assert (message.status, message.due_at) == (Status.CANCELLED, None)
            assert address not in page(dana, message)

    @pytest.mark.parametrize(
        ("status", "waits"), [(Status.SENDING, True), (Status.SENT, False), (Status.FAILED, False)]
    )
    def test_not_what_has_left_or_ended(
        self, dana: Client, floor: Cast, status: Status, waits: bool
    ) -> None:
        message = create(floor, status=status, due_at=timezone.now() if waits else None)
        address = reverse("messaging:message_cancel", args=[message.pk])
        response = dana.post(address, headers=HTMX)
        assert "it cannot be taken back" in response["HX-Trigger"]
        message.refresh_from_db()
        assert message.status == status

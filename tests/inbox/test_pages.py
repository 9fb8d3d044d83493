"""The inbox's pages and routes as other people's clients and scripts use them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scopes_disabled

from inbox.models import Notification
from inbox.views import history
from inbox.views.changes import SNOOZES
from tests import factories
from tests.cast import Cast, create_cast
from wards.models import Appointment

READ = "/hospital/patient-notifications/{}/mark-read/"
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def admit(cast: Cast, number: int = 1) -> list[int]:
    """Ids of Noor's alerts of `number` admissions, oldest first."""
    for _ in range(number):
        factories.create_admission(ward=cast.cardiology, bed=None)
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=cast.noor).order_by("id")
        return list(mine.values_list("pk", flat=True))


@pytest.fixture
def noor(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.noor)


def test_marking_read_answers_scripts_in_json(noor: Client, cast: Cast) -> None:
    (pk,) = admit(cast)
    assert noor.get("/hospital/api/notifications/unread-count/").json() == {"unread_count": 1}
    response = noor.post(READ.format(pk), headers=SCRIPT)
    assert response.json() == {"success": True, "message": "Notification marked as read"}
    assert noor.get("/hospital/api/notifications/unread-count/").json() == {"unread_count": 0}


def test_marking_read_sends_forms_back(noor: Client, cast: Cast) -> None:
    (pk,) = admit(cast)
    response = noor.post(READ.format(pk), {"next": "/inbox/?page=2"})
    assert (response.status_code, response["Location"]) == (302, "/inbox/?page=2")
    response = noor.post(READ.format(pk), {"next": "https://elsewhere.example/"})
    assert response["Location"] == "/inbox/"


def test_marking_read_takes_post_only(noor: Client, cast: Cast) -> None:
    (pk,) = admit(cast)
    assert noor.get(READ.format(pk)).status_code == 405


def test_the_history_is_paged_and_counted(noor: Client, cast: Cast) -> None:
    admit(cast, 12)
    factories.report_result(cast.patient, flag="HH", ward=cast.cardiology)
    for address in ("/inbox/", "/hospital/patient-notifications/"):
        context = noor.get(address).context
        assert len(context["notifications"]) == 10
        assert context["page_obj"].paginator.num_pages == 2
        counts = {name: context[f"{name}_count"] for name in ("total", "unread", "admission")}
        assert counts == {"total": 13, "unread": 13, "admission": 12}
    assert len(noor.get("/inbox/?page=2").context["notifications"]) == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?type=admission", 3),
        ("?type=test_result", 1),
        ("?type=all", 4),
        ("?type=nonsense", 4),
        ("?level=critical", 1),
        ("?unread=1", 3),
        ("?show=unread", 3),
        ("?show=open", 1),
        ("?show=archived", 1),
        ("?q=creatinine pat", 1),
        ("?q=%25", 0),
        ("?page=99", 4),
        ("?page=x", 4),
        ("?type=admission&q=layla&level=info", 3),
    ],
)
def test_filters(noor: Client, cast: Cast, query: str, found: int) -> None:
    first, second, *_ = admit(cast, 4)
    factories.report_result(cast.patient, flag="HH", ward=cast.cardiology)
    noor.post("/inbox/bulk/", {"action": "archive", "ids": first})
    noor.post("/inbox/bulk/", {"action": "read", "ids": second})
    context = noor.get(f"/inbox/{query}").context
    assert len(context["notifications"]) == context["page_obj"].paginator.count == found


class TestWindow:
    """Of a mailbox of any size a window is counted, searched and paged through."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, "WINDOW", 12)

    def test_it_says_that_there_is_more(self, noor: Client, cast: Cast) -> None:
        ids = admit(cast, 15)
        response = noor.get("/inbox/?page=9000")
        assert response.context["total_count"] == 12
        assert response.context["page_obj"].number == 2
        html = response.content.decode()
        assert "12+" in html
        assert "your newest 1,000 alerts" in html
        older = noor.get(f"/inbox/?before={response.context['older']}")
        assert [n.pk for n in older.context["notifications"]] == ids[2::-1]
        assert older.context["older"] is None
        assert "The newest" in older.content.decode()

    def test_a_small_mailbox_says_nothing(self, noor: Client, cast: Cast) -> None:
        admit(cast, 12)
        response = noor.get("/inbox/")
        assert not response.context["is_part"]
        assert "12+" not in response.content.decode()

    def test_s09_an_untaken_critical_is_found_however_old(self, noor: Client, cast: Cast) -> None:
        old = factories.create_notification(cast.noor)
        admit(cast, 15)
        assert [n.pk for n in noor.get("/inbox/?show=open").context["notifications"]] == [old.pk]


def test_bulk_does_nothing_to_other_peoples(noor: Client, cast: Cast) -> None:
    factories.create_duty(cast.omar, cast.cardiology)
    mine = admit(cast, 2)
    with scopes_disabled():
        others = Notification.objects.filter(recipient=cast.omar).values_list("pk", flat=True)
        ids = [*mine, *others, "x", "9" * 40, "-1", "²"]
        assert noor.post("/inbox/bulk/", {"action": "archive", "ids": ids}).status_code == 302
        archived = Notification.objects.exclude(archived_at=None)
        assert sorted(archived.values_list("pk", flat=True)) == mine


@pytest.mark.parametrize(
    "body", [{}, {"action": "delete"}, {"action": "read", "ids": ["1"] * 1001}]
)
def test_a_bad_bulk_request_is_refused(noor: Client, body: dict[str, object]) -> None:
    assert noor.post("/inbox/bulk/", body).status_code == 400


def test_undo_brings_everything_back(noor: Client, cast: Cast) -> None:
    ids = admit(cast, 2)
    noor.post("/inbox/bulk/", {"action": "archive", "ids": ids})
    assert noor.get("/inbox/").context["total_count"] == 0
    noor.post("/inbox/bulk/", {"action": "unarchive", "ids": ids})
    assert noor.get("/inbox/").context["total_count"] == 2


def test_a_snooze_until_the_morning_is_the_hospitals_morning() -> None:
    night = datetime(2026, 11, 20, 3, 0, tzinfo=ZoneInfo("Asia/Riyadh"))
    assert SNOOZES["morning"](night) - night == timedelta(hours=4)
    noon = night.replace(hour=12)
    assert SNOOZES["morning"](noon) - noon == timedelta(hours=19)


def test_a_snoozed_alert_leaves_the_panel_for_a_while(noor: Client, cast: Cast) -> None:
    (pk,) = admit(cast)
    noor.post(f"/inbox/{pk}/snooze/", {"for": "1h"})
    assert noor.get("/inbox/dropdown/").context["notifications"] == []
    with scopes_disabled():
        Notification.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert len(noor.get("/inbox/dropdown/").context["notifications"]) == 1


def test_somebody_was_faster(noor: Client, cast: Cast) -> None:
    factories.create_duty(cast.omar, cast.cardiology)
    factories.report_result(cast.patient, flag="HH", ward=cast.cardiology)
    with scopes_disabled():
        of = {n.recipient_id: n.pk for n in Notification.objects.all()}
    omar = factories.sign_in(Client(), cast.omar)
    omar.post(f"/inbox/{of[cast.omar.pk]}/acknowledge/", {"comment": "On my way"})
    response = noor.post(f"/inbox/{of[cast.noor.pk]}/acknowledge/", headers=SCRIPT)
    assert response.json()["message"] == "Omar Othman has already taken this alert."
    assert "On my way" in noor.get("/inbox/").content.decode()


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "", "٣", str(2**63)])
def test_frames_refuse_a_since_that_is_no_number(noor: Client, since: str) -> None:
    response = noor.get("/inbox/frames/", {"since": since})
    assert response.status_code == 400
    assert "error" in response.json()


def test_frames_are_what_a_socket_would_get(noor: Client, cast: Cast) -> None:
    assert noor.get("/inbox/frames/").json()["notifications"] == []
    (pk,) = admit(cast)
    frame = noor.get("/inbox/frames/", {"since": 0}).json()
    assert (frame["type"], frame["seq"], frame["unread"]) == ("catchup", 1, 1)
    assert [n["id"] for n in frame["notifications"]] == [pk]


def test_names_are_text_and_nothing_else(noor: Client, cast: Cast) -> None:
    evil = factories.create_patient(
        cast.hospital, first_name="<script>alert(1)</script>", last_name='"><img src=x onerror=1>'
    )
    factories.create_admission(ward=cast.cardiology, patient=evil, bed=cast.bed)
    for address in ("/inbox/", "/inbox/dropdown/", f"/wards/{cast.cardiology.pk}/"):
        page = noor.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_number_of_queries_does_not_grow(noor: Client, cast: Cast) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert noor.get(address).status_code == 200
        return len(captured)

    addresses = ["/inbox/", "/inbox/dropdown/", f"/wards/{cast.cardiology.pk}/", "/wards/"]
    admit(cast)
    [noor.get(address) for address in addresses]
    few = {address: queries(address) for address in addresses}
    admit(cast, 25)
    noor.get("/inbox/dropdown/")  # notes once what was seen
    assert {address: queries(address) for address in addresses} == few


def test_the_queue_too(client: Client, cast: Cast) -> None:
    dana = factories.sign_in(client, cast.dana)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            dana.get("/arrivals/")
        return len(captured)

    def book(number: int) -> None:
        for _ in range(number):
            factories.create_appointment(provider=cast.priya, starts_at=timezone.now())

    book(1)
    queries()
    few = queries()
    book(25)
    assert queries() == few
    assert len(dana.get("/arrivals/").context["queue"].visits) == 26
    assert Appointment.Status.BOOKED in {
        v.status for v in dana.get("/arrivals/").context["queue"].open
    }

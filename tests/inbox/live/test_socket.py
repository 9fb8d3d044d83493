"""The socket itself, on a real daphne: docs/realtime.md sentence by sentence."""

import contextlib
import json
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client as HttpClient
from django.utils import timezone
from django_scopes import scope

from inbox import mailbox
from inbox.publications import standing
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_same, rows_of, wait_until_in_step
from tests.inbox.client import connect, cookie_headers
from tests.inbox.wire import assert_refused, bearer, receive, socket
from tests.processes import Web, wait_for
from wards.actions import appointments
from wards.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(live_web: Web) -> Cast:
    return create_cast()


def test_a_session_cookie_gets_a_snapshot(cast: Cast, live_web: Web) -> None:
    factories.create_admission(ward=cast.cardiology)
    with socket(live_web, **cookie_headers(cast.noor, live_web)) as ws:
        frame = receive(ws)
    assert abs(datetime.fromisoformat(frame.pop("now")) - timezone.now()) < timedelta(minutes=1)
    assert frame == {
        "type": "snapshot",
        "reader": f"{cast.noor.pk}:nurse",
        "epoch": standing.epoch(),
        "seq": 1,
        "unread": 1,
        "notifications": rows_of(cast.noor),
    }


def test_a_token_from_the_api_does_too(cast: Cast, live_web: Web) -> None:
    cast.noor.set_password(factories.PASSWORD)
    cast.noor.save()
    answer = HttpClient().post(
        "/api/v1/auth/", {"username": "noor", "password": factories.PASSWORD}
    )
    with socket(live_web, Authorization=f"Bearer {answer.json()['access']}") as ws:
        assert receive(ws)["type"] == "snapshot"


def test_since_gets_what_changed_after_it(cast: Cast, live_web: Web) -> None:
    for _ in range(2):
        factories.create_admission(ward=cast.cardiology)
    with socket(live_web, "?since=1", **bearer(cast.noor)) as ws:
        frame = receive(ws)
    assert (frame["type"], frame["seq"]) == ("catchup", 2)
    assert [each["seq"] for each in frame["notifications"]] == [2]


def test_ping_and_resume_are_answered(cast: Cast, live_web: Web) -> None:
    factories.create_admission(ward=cast.cardiology)
    with socket(live_web, **bearer(cast.noor)) as ws:
        receive(ws)
        ws.send('{"type":"ping"}')
        assert receive(ws) == {"type": "pong"}
        ws.send('{"type":"resume","since":0}')
        frame = receive(ws)
        assert (frame["type"], len(frame["notifications"])) == ("catchup", 1)


def test_an_alert_comes_by_itself(cast: Cast, live_web: Web) -> None:
    with socket(live_web, "?since=0", **bearer(cast.noor)) as ws:
        receive(ws)
        factories.create_admission(ward=cast.cardiology)
        frame = receive(ws)
    assert (frame["type"], frame["seq"], frame["unread"]) == ("alert", 1, 1)
    assert frame["notification"] == rows_of(cast.noor)[0]


def test_a_burst_reaches_every_tab_of_every_device_in_order(cast: Cast, live_web: Web) -> None:
    with (
        connect(cast.noor, live_web) as desk,
        connect(cast.noor, live_web) as phone,
        connect(cast.omar, live_web) as stranger,
    ):
        for client in (desk, phone, stranger):
            assert client.live.wait(5)
        for _ in range(60):
            factories.create_admission(ward=cast.cardiology)
        mailbox.mark_read(cast.noor, [rows_of(cast.noor)[0]["id"]])
        wait_until_in_step({desk: cast.noor, phone: cast.noor})
        for client in (desk, phone):
            assert_same(client.inbox, cast.noor)
            assert len(client.inbox.rung) == 60
            assert set(client.inbox.rung.values()) == {1}
        assert not stranger.inbox.notifications


def test_acknowledging_shows_everybody_who_has_it(cast: Cast, live_web: Web) -> None:
    from inbox.models import Notification

    with connect(cast.noor, live_web) as noor, connect(cast.priya, live_web) as priya:
        assert noor.live.wait(5)
        assert priya.live.wait(5)
        factories.report_result(
            cast.patient, "9", flag="HH", ward=cast.cardiology, provider=cast.priya
        )
        with scope(hospital=cast.hospital.pk):
            alert = Notification.objects.get(recipient=cast.noor)
        mailbox.acknowledge(cast.noor, alert, "Mine")
        wait_until_in_step({noor: cast.noor, priya: cast.priya})
        assert_same(priya.inbox, cast.priya)
        (shown,) = priya.inbox.notifications.values()
        assert (shown["acknowledged_by"], shown["acknowledge_comment"]) == ("Noor Nasser", "Mine")


def test_s05_a_client_follows_a_result_as_the_database_has_it(cast: Cast, live_web: Web) -> None:
    """Rung once when it is critical and once when that is taken back; never for being final."""
    from inbox.models import Notification

    given = {"ward": cast.cardiology, "provider": cast.priya, "filler": "F1"}
    with connect(cast.noor, live_web) as noor, connect(cast.priya, live_web) as priya:
        assert noor.live.wait(5)
        assert priya.live.wait(5)
        factories.report_result(cast.patient, "640", "HH", status="P", **given)
        with scope(hospital=cast.hospital.pk):
            alert = Notification.objects.get(recipient=cast.noor)
        mailbox.acknowledge(cast.noor, alert, "Mine")
        mailbox.mark_read(cast.noor, [alert.pk])
        for value, flag, status in (("640", "HH", "F"), ("80", "N", "C")):
            factories.report_result(cast.patient, value, flag, status=status, **given)
            wait_until_in_step({noor: cast.noor, priya: cast.priya})
            for client, user in ((noor, cast.noor), (priya, cast.priya)):
                assert_same(client.inbox, user)
        assert [*noor.inbox.rung.values()] == [*priya.inbox.rung.values()] == [2]


def test_watched_pages_hear_of_changes_in_their_own_hospital(cast: Cast, live_web: Web) -> None:
    topics = ["arrivals", f"ward.{cast.cardiology.pk}"]
    with connect(cast.dana, live_web) as dana, connect(cast.zed, live_web) as zed:
        for client in (dana, zed):
            assert client.live.wait(5)
            client.send({"type": "watch", "topics": topics})
            client.send({"type": "ping"})
        booked = factories.create_appointment(provider=cast.priya, patient=cast.patient)
        with scope(hospital=cast.hospital.pk):
            appointments.arrive(appointment=booked)
        factories.create_admission(ward=cast.cardiology)
        wait_for(lambda: set(dana.inbox.topics) == set(topics))
        assert not zed.inbox.topics


def test_patients_watch_nothing(cast: Cast, live_web: Web) -> None:
    with connect(cast.pat, live_web) as pat, connect(cast.dana, live_web) as dana:
        for client in (pat, dana):
            assert client.live.wait(5)
            client.send({"type": "watch", "topics": ["arrivals"]})
        factories.create_appointment(provider=cast.priya)
        wait_for(lambda: dana.inbox.topics)
        assert not pat.inbox.topics


def test_signing_out_closes_the_sockets_of_that_session_alone(cast: Cast, live_web: Web) -> None:
    browser = HttpClient()
    browser.force_login(cast.noor)
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    mine = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}", "Origin": live_web.url}
    with (
        socket(live_web, **mine) as signed_out,
        socket(live_web, **cookie_headers(cast.noor, live_web)) as other,
    ):
        receive(signed_out)
        receive(other)
        browser.post("/accounts/logout/")
        assert_refused(signed_out, 4401)
        other.send('{"type":"ping"}')
        assert receive(other) == {"type": "pong"}


def test_whoever_is_deactivated_is_signed_off_within_a_comparison(
    cast: Cast, live_web: Web
) -> None:
    with socket(live_web, **bearer(cast.omar)) as ws:
        receive(ws)
        User.objects.filter(pk=cast.omar.pk).update(is_active=False)
        with contextlib.suppress(TimeoutError):
            frame = json.loads(ws.recv(timeout=20))
        assert frame["code"] == 4401


def test_polling_gives_the_same_frames(cast: Cast) -> None:
    factories.create_admission(ward=cast.cardiology)
    browser = HttpClient()
    browser.force_login(cast.noor)
    assert browser.get("/inbox/frames/").json()["type"] == "snapshot"
    frame = browser.get("/inbox/frames/?since=0").json()
    assert (frame["type"], frame["notifications"]) == ("catchup", rows_of(cast.noor))
    assert browser.get("/inbox/frames/?since=x").status_code == 400


def test_a_reader_who_does_not_read_holds_nobody_up_and_gets_a_snapshot(
    cast: Cast, live_web: Web
) -> None:
    """Not even with more waiting than fits into the buffers of two kernels."""
    patient = factories.create_patient(cast.hospital, first_name="A" * 110, last_name="B" * 110)
    with (
        socket(live_web, "?since=0", **bearer(cast.noor)) as idle,
        connect(cast.noor, live_web) as reader,
    ):
        assert reader.live.wait(5)
        receive(idle)
        for _ in range(200):
            factories.report_result(
                patient, "9", flag="HH", ward=cast.cardiology, provider=cast.priya
            )
        wait_until_in_step({reader: cast.noor})
        assert len(reader.inbox.rung) == 200

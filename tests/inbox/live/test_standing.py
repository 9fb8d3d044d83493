"""A socket lives exactly as long as what let it in, wherever that is taken away."""

import io
from collections.abc import Callable
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.auth.management.commands.changepassword import Command as ChangePassword
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox import mailbox
from inbox.mailbox import Ask
from inbox.publications import standing
from tests import factories
from tests.cast import Cast, create_cast
from tests.inbox.client import connect
from tests.inbox.wire import bearer, receive, socket
from tests.processes import Web, wait_for
from wards.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


@pytest.fixture
def cast(live_web: Web) -> Cast:
    return create_cast()


@pytest.fixture
def session(cast: Cast) -> str:
    return factories.create_session(cast.noor)


def change_password(cast: Cast, session: str) -> None:
    """As `manage.py changepassword` does, without the terminal."""
    command = ChangePassword(stdout=io.StringIO(), stderr=io.StringIO())
    command._get_pass = lambda prompt="": "another-long-word-2"  # type: ignore[attr-defined]
    command.handle(username=cast.noor.username, database="default")


def deactivate_in_the_admin(cast: Cast, session: str) -> None:
    root = User.objects.create_superuser("root", password=factories.PASSWORD)
    browser = HttpClient()
    browser.force_login(root)
    address = f"/admin/wards/user/{cast.noor.pk}/change/"
    form = browser.get(address).context["adminform"].form
    given = {name: form[name].value() for name in form.fields if name != "is_active"}
    given["own_password"] = factories.PASSWORD
    answer = browser.post(address, {name: v for name, v in given.items() if v not in (None, False)})
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def save(**values: object) -> Callable[[Cast, str], None]:
    def change(cast: Cast, session: str) -> None:
        for name, value in values.items():
            setattr(cast.noor, name, value)
        cast.noor.save()

    return change


def move(cast: Cast, session: str) -> None:
    cast.noor.hospital = cast.other_hospital
    cast.noor.save(update_fields=["hospital"])


WAYS: dict[str, Callable[[Cast, str], object]] = {
    "password in the terminal": change_password,
    "deactivated in the admin": deactivate_in_the_admin,
    "role": save(role=Role.PATIENT),
    "hospital": move,
    "role by a query": lambda c, s: User.objects.filter(pk=c.noor.pk).update(role=Role.PROVIDER),
    "session row": lambda c, s: Session.objects.filter(session_key=s).delete(),
    "session flushed": lambda c, s: SessionStore(s).flush(),
    "session cycled": lambda c, s: SessionStore(s).cycle_key(),
}


@pytest.mark.parametrize("way", WAYS)
def test_s13_a_socket_ends_at_once_with_what_let_it_in(
    cast: Cast, live_web: Web, session: str, way: str
) -> None:
    """At once: long before the next comparison, and nothing is delivered any more."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    with (
        socket(live_web, Cookie=cookie, Origin=live_web.url) as ws,
        socket(live_web, **bearer(cast.omar)) as other,
    ):
        receive(ws)
        receive(other)
        WAYS[way](cast, session)
        factories.create_admission(ward=cast.cardiology)
        frames = [receive(ws)]
        while frames[-1]["type"] == "alert":  # told before it was ended
            frames.append(receive(ws))
        assert (frames[-1]["type"], frames[-1]["code"]) == ("error", 4401)
        other.send('{"type":"ping"}')
        assert receive(other) == {"type": "pong"}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE wards_user SET password = 'x' WHERE id = %(user)s",
        "UPDATE wards_user SET role = 'patient' WHERE id = %(user)s",
        "UPDATE wards_user SET is_active = false WHERE id = %(user)s",
        "DELETE FROM django_session WHERE session_key = %(session)s",
        "UPDATE django_session SET expire_date = now() WHERE session_key = %(session)s",
    ],
)
def test_s13_what_nobody_was_told_of_is_found_by_the_comparison(
    cast: Cast, session: str, sql: str
) -> None:
    before = standing.present([cast.noor.pk], [session])
    with connection.cursor() as cursor:
        cursor.execute(sql, {"user": cast.noor.pk, "session": session})
    after = standing.present([cast.noor.pk], [session])
    assert before.users[cast.noor.pk].credentials
    assert before.sessions == {session}
    assert (before.users, before.sessions) != (after.users, after.sessions)


def test_s13_raw_sql_ends_a_socket_too(cast: Cast, live_web: Web, session: str) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    with socket(live_web, Cookie=cookie, Origin=live_web.url) as ws:
        receive(ws)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_session WHERE session_key = %s", [session])
        assert '"code":4401' in str(ws.recv(timeout=20))


def test_signing_in_ends_nobodys_sockets(cast: Cast, live_web: Web, session: str) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    with socket(live_web, Cookie=cookie, Origin=live_web.url) as ws:
        receive(ws)
        HttpClient().force_login(cast.noor)  # elsewhere
        User.objects.filter(pk=cast.noor.pk).update(last_login=timezone.now(), language="ar")
        ws.send('{"type":"ping"}')
        assert receive(ws) == {"type": "pong"}


def test_comparing_takes_two_queries_however_many_there_are(cast: Cast) -> None:
    users = [factories.create_user(cast.hospital, Role.NURSE) for _ in range(20)]
    sessions = [factories.create_session(user) for user in users]
    with CaptureQueriesContext(connection) as queries:
        present = standing.present([user.pk for user in users], sessions)
    assert len(queries) == 2
    assert (set(present.users), present.sessions) == ({u.pk for u in users}, frozenset(sessions))


# --- another database under the same address ------------------------------------------------------


def test_another_database_gives_a_snapshot_whatever_since(cast: Cast) -> None:
    for _ in range(3):
        factories.create_admission(ward=cast.cardiology)
    user, here = cast.noor.pk, standing.epoch()
    asks = [Ask(user, 2, here), Ask(user, 2, "elsewhere"), Ask(user, 2)]
    states = mailbox.catch_up(asks)
    assert [states[ask]["type"] for ask in asks] == ["catchup", "snapshot", "catchup"]


def test_putting_back_the_table_makes_another_epoch(cast: Cast) -> None:
    before = standing.epoch()
    assert standing.epoch() == before
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL inbox_mailbox")  # what the documentation says to run
    assert standing.epoch() != before


def test_clients_that_were_connected_see_the_restored_rows_alone(cast: Cast, live_web: Web) -> None:
    factories.create_admission(ward=cast.cardiology)
    with connect(cast.noor, live_web) as noor:
        assert noor.live.wait(5)
        for _ in range(3):
            factories.create_admission(ward=cast.cardiology)
        wait_for(lambda: noor.inbox.last == 4)
        with connection.cursor() as cursor:  # yesterday's copy: one alert, and another since
            cursor.execute("DELETE FROM inbox_notification WHERE seq > 1")
            cursor.execute("UPDATE inbox_mailbox SET seq = 1, unread = 1")
            cursor.execute("VACUUM FULL inbox_mailbox")
        noor.inbox.snapshots = 0
        wait_for(lambda: noor.inbox.snapshots, what="a snapshot")
        assert (noor.inbox.last, len(noor.inbox.notifications)) == (1, 1)
        factories.create_admission(ward=cast.cardiology)
        wait_for(lambda: noor.inbox.last == 2)


# --- untaken critical alerts ----------------------------------------------------------------------


def test_s10_a_snapshot_has_every_untaken_critical_alert(cast: Cast) -> None:
    factories.report_result(cast.patient, "9", flag="HH", ward=cast.cardiology)
    for _ in range(mailbox.CATCH_UP_LIMIT + 5):
        factories.create_admission(ward=cast.cardiology)
    ask = Ask(cast.noor.pk, 0)
    state = mailbox.catch_up([ask])[ask]
    levels = [row["level"] for row in state["notifications"]]
    assert state["type"] == "snapshot"
    assert (levels.count("critical"), len(levels)) == (1, mailbox.SNAPSHOT_SIZE + 1)
    ids = [row["id"] for row in state["notifications"]]
    assert ids == sorted(set(ids))


def test_s09_marking_all_read_leaves_what_was_never_on_screen(cast: Cast) -> None:
    for _ in range(3):
        factories.create_admission(ward=cast.cardiology)
    browser = HttpClient()
    browser.force_login(cast.noor)
    browser.post("/inbox/mark-all-read/", {"seq": "2"})
    assert browser.get("/hospital/api/notifications/unread-count/").json() == {"unread_count": 1}
    browser.post("/inbox/mark-all-read/", {"seq": "nonsense"})
    assert browser.get("/hospital/api/notifications/unread-count/").json() == {"unread_count": 0}

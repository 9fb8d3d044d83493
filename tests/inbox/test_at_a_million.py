"""With a million alerts in the table, the badge and the history still read a handful of rows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.views.history import PAGE_SIZE, WINDOW
from tests import factories
from wards.models import Hospital, Role, User

READERS, EVENTS = 200, 5_000

FILL = """
INSERT INTO wards_event (hospital_id, kind, at, source, data, key)
SELECT %(hospital)s, 'patient.admitted', now() - n * interval '1 minute', 'system', '{}', ''
FROM generate_series(1, %(events)s) AS n;

INSERT INTO inbox_notification (
    hospital_id, event_id, recipient_id, seq, category, level, title, message, link,
    created_at, read_at, acknowledge_comment
)
SELECT %(hospital)s, e.id, u.id, row_number() OVER (PARTITION BY u.id ORDER BY e.id),
       (ARRAY['admission', 'appointment', 'test_result'])[1 + e.id %% 3], 'info',
       'Somebody was admitted', 'Bed 7.', '', e.at, CASE WHEN e.id %% 50 > 0 THEN now() END, ''
FROM wards_event e CROSS JOIN wards_user u
WHERE e.hospital_id = %(hospital)s AND u.hospital_id = %(hospital)s
ORDER BY e.id;

INSERT INTO inbox_mailbox (user_id, seq, unread)
SELECT recipient_id, max(seq), count(*) FILTER (WHERE read_at IS NULL)
FROM inbox_notification GROUP BY recipient_id;
"""


@pytest.fixture(scope="module")
def million(django_db_setup: None, django_db_blocker: Any) -> Iterator[Hospital]:
    """A hospital with 200 people of 5,000 alerts each; removed at the end."""
    with django_db_blocker.unblock():
        hospital = factories.create_hospital()
        for _ in range(READERS):
            factories.create_user(hospital, Role.FRONT_DESK)
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"hospital": hospital.pk, "events": EVENTS})
            cursor.execute("VACUUM ANALYZE inbox_notification, inbox_mailbox, wards_event")
            cursor.execute("SELECT count(*) FROM inbox_notification")
            assert cursor.fetchone() == (READERS * EVENTS,)
        yield hospital
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE inbox_notification, wards_hospital CASCADE")


@pytest.fixture
def reader(million: Hospital, db: None) -> Client:
    client = Client()
    client.force_login(User.objects.filter(hospital=million)[READERS // 2])
    return client


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def scans(sql: str) -> Iterator[tuple[str, int]]:
    """(kind of scan, rows it yields) of each scan of the notifications in the plan of a query."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
        (answer,) = cursor.fetchone()
    plan = json.loads(answer) if isinstance(answer, str) else answer
    for node in nodes(plan[0]["Plan"]):
        if node.get("Relation Name") == "inbox_notification":
            yield node["Node Type"], node["Actual Rows"]


@pytest.mark.parametrize(
    ("address", "queries", "rows"),
    [
        ("/hospital/api/notifications/unread-count/", 1, 1),
        ("/inbox/", 5, WINDOW + 1),  # counted, paged and searched is the newest thousand
        ("/inbox/?page=2", 5, WINDOW + 1),
        ("/inbox/?page=9000", 5, WINDOW + 1),
        ("/inbox/?type=appointment", 5, WINDOW + 1),
        ("/inbox/?q=nobody", 6, WINDOW + 1),
        ("/inbox/?before=3000", 5, WINDOW + 1),
        ("/inbox/dropdown/", 2, 12),
        ("/inbox/frames/?since=4990", 2, PAGE_SIZE),
        ("/inbox/frames/", 2, 20),
    ],
)
def test_every_query_is_one_of_a_few_and_indexed(
    reader: Client, address: str, queries: int, rows: int
) -> None:
    reader.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert reader.get(address).status_code == 200
    ours = [q["sql"] for q in captured if "inbox_" in q["sql"]]
    assert len(ours) <= queries, ours
    for sql in ours:
        if sql.startswith("UPDATE"):
            continue
        for kind, read in scans(sql):
            assert "Index" in kind or "Bitmap" in kind, (kind, sql)
            assert read <= rows, (read, sql)


def test_the_counts_read_the_index_alone(reader: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        reader.get("/inbox/")
    (sql,) = (q["sql"] for q in captured if "GROUP BY" in q["sql"] and "inbox_" in q["sql"])
    assert [kind for kind, _ in scans(sql)] == ["Index Only Scan"]

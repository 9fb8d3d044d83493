"""Small doors, each closed with its kind: caches, cookies, files, figures, and odd numbers."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from pytest_django.fixtures import Settings

from config.tasks import clear_sessions
from tests import factories
from tests.cast import Cast
from tests.config.test_logs import every_address
from wards.models import BulkOperation
from wards.operations import actions

pytestmark = pytest.mark.django_db
# Of nobody; and files, whose answers have tests of their own.
ELSEWHERE = ("/healthz", "/accounts/logout", "/i18n")
DIGITS = "9" * 5000


@pytest.fixture
def mona(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.mona)


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.alice)


class TestCaches:
    def test_no_page_of_somebody_is_kept(self, alice: Client) -> None:
        """Whatever the address and the answer: errors name patients, too."""
        for address in every_address(get_resolver().url_patterns):
            if not address.startswith(ELSEWHERE) and "export/" not in address:
                kept = alice.get(address).get("Cache-Control", "")
                assert "no-store" in kept or "no-cache" in kept, address
        assert "no-store" in alice.get("/admin/wards/patient/")["Cache-Control"]

    def test_what_is_said_of_a_patient_is_in_no_cookie(self, mona: Client, cast: Cast) -> None:
        stay = factories.create_admission(ward=cast.cardiology, bed=cast.bed)
        mona.post("/hospital/bulk/discharge/", {"admissions": [stay.pk]})
        assert "messages" not in mona.cookies
        assert "1 patient" in mona.get("/hospital/bulk/operations/").content.decode()


class TestNumbers:
    @pytest.mark.parametrize(
        ("address", "status"),
        [
            (f"/inbox/frames/?since={DIGITS}", 400),
            (f"/hospital/bulk/discharge/?admission={DIGITS}", 200),
            (f"/notifications/prices/?edit={DIGITS}", 200),
            (f"/patients/?page={DIGITS}", 200),
            (f"/wards/{DIGITS}/", 404),
            (f"/wards/{'9' * 30}/", 404),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_five_thousand_digits_are_no_number(
        self, alice: Client, address: str, status: int
    ) -> None:
        assert alice.get(address).status_code == status

    def test_nor_that_of_a_template(self, alice: Client) -> None:
        answer = alice.post(f"/notifications/templates/check/?template={DIGITS}", {})
        assert answer.status_code == 200

    @pytest.mark.parametrize("body", ["[" * 60_000, '{"admission_ids": [' + DIGITS + "]}"])
    def test_json_without_end(self, mona: Client, body: str) -> None:
        where = "/hospital/bulk/discharge/"
        assert mona.post(where, body, content_type="application/json").status_code == 400

    def test_nor_at_the_api(self, client: Client) -> None:
        body = "[" * 60_000
        answer = client.post("/api/v1/auth/", body, content_type="application/json")
        assert answer.status_code == 400


class TestFigures:
    def ask(self, client: Client, at: str, **headers: str) -> int:
        return client.get("/metrics", REMOTE_ADDR=at, headers=headers).status_code

    def test_they_are_for_this_machine(self, client: Client) -> None:
        assert self.ask(client, "127.0.0.1") == self.ask(client, "::1") == 200
        assert self.ask(client, "10.0.0.1") == self.ask(client, "") == 404

    def test_or_whoever_has_the_token(self, client: Client, settings: Settings) -> None:
        settings.METRICS_TOKEN = "abc"
        assert self.ask(client, "10.0.0.1", Authorization="Bearer abc") == 200
        assert self.ask(client, "127.0.0.1") == 404
        assert self.ask(client, "127.0.0.1", Authorization="Bearer abd") == 404

    def test_or_for_all(self, client: Client, settings: Settings) -> None:
        settings.METRICS_OPEN = True
        assert self.ask(client, "10.0.0.1") == 200


def test_files_are_not_for_everybody_on_the_machine(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with scope(hospital=cast.hospital.pk):
        kind = BulkOperation.Type.EXPORT_PATIENTS
        operation = actions.start_export(hospital=cast.hospital, by=cast.mona, kind=kind)
    actions.run_now(operation, 5)
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stat.S_IMODE(written.stat().st_mode) & 0o007 == 0


def test_an_export_is_not_started_by_somebody_elses_page(mona: Client) -> None:
    where, elsewhere = "/hospital/bulk/export/patients/", {"Sec-Fetch-Site": "cross-site"}
    assert mona.get(where, headers=elsewhere).status_code == 403
    with scopes_disabled():
        assert not BulkOperation.objects.exists()


def test_sessions_that_have_ended_are_cleared(cast: Cast) -> None:
    kept, gone = (factories.create_session(user) for user in (cast.noor, cast.mona))
    past = timezone.now() - timedelta(minutes=1)
    Session.objects.filter(pk=gone).update(expire_date=past)
    clear_sessions()
    assert list(Session.objects.values_list("pk", flat=True)) == [kept]


def test_beat_clears_them() -> None:
    from config.celery import app

    tasks: dict[str, Any] = app.conf.beat_schedule
    assert "config.tasks.clear_sessions" in json.dumps(tasks, default=str)

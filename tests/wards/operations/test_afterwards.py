"""What is left of an operation: who is told, its files, how the admin shows it, its archiving."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from inbox.models import Level, Notification
from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import PATIENTS, downloaded, run_import, table
from wards.kinds import Kind
from wards.models import BulkOperation, Patient, Role, User
from wards.operations import actions, files
from wards.operations.imports import PatientImport

pytestmark = pytest.mark.usefixtures("media")
Committed = pytest.mark.django_db(transaction=True)
ROWS = [f"{n},A,B,{n}@example.com,,," for n in range(10)]


def start(cast: Cast) -> BulkOperation:
    return actions.start_import(hospital=cast.hospital, by=cast.mona, file=table(PATIENTS, ROWS))


@Committed
class TestWhoIsTold:
    def test_of_the_end_who_started_it(self, floor: Cast) -> None:
        operation = run_import(floor, *ROWS)
        alert = Notification.objects.get()
        assert (alert.recipient, alert.level) == (floor.mona, Level.SUCCESS)
        assert (alert.title, alert.message) == ("Patient import is done", "10 of 10 done.")
        assert alert.link == f"/hospital/bulk/operations/{operation.pk}/"

    def test_a_warning_where_rows_had_errors(self, floor: Cast) -> None:
        run_import(floor, *ROWS, "x,,,,,,")
        alert = Notification.objects.get()
        assert (alert.level, alert.message) == (Level.WARNING, "10 of 11 done, 1 with errors.")

    def test_of_a_dry_run_that_nothing_is_done_yet(self, floor: Cast) -> None:
        run_import(floor, *ROWS, "x,,,,,,", dry_run=True)
        alert = Notification.objects.get()
        assert alert.title == "Patient import (dry run) is done"
        assert alert.message == "10 of 11 rows can be done. Nothing is written yet."

    def test_of_a_failure_all_managers(self, floor: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        other = factories.create_user(floor.hospital, Role.HOSPITAL_MANAGER)
        monkeypatch.setattr(PatientImport, "apply", lambda *_: 1 / 0)
        operation = actions.start_import(
            hospital=floor.hospital, by=floor.alice, file=table(PATIENTS, ROWS)
        )
        actions.run_now(operation)
        alerts = Notification.objects.filter(event__kind=Kind.BULK_OPERATION_FAILED)
        assert {alert.recipient for alert in alerts} == {floor.alice, floor.mona, other}
        assert {alert.level for alert in alerts} == {Level.ERROR}
        assert {alert.title for alert in alerts} == {"Patient import failed"}


class TestFiles:
    def test_their_names_say_nothing_of_patients(self, floor: Cast, media: Path) -> None:
        operation = start(floor)
        assert operation.input_file.name == f"bulk/{floor.hospital.pk}/{operation.pk}/input.csv"
        assert downloaded(operation, "input").startswith(PATIENTS)
        assert files.stored(operation, "output") is None
        assert files.stored(operation, "failure") is None

    def test_others_on_the_machine_cannot_read_them(self, floor: Cast) -> None:
        operation = run_import(floor, *ROWS, "x,,,,,,")
        for which in ("input", "errors"):
            assert files.place(operation, which).parent.stat().st_mode & 0o007 == 0, which

    def test_old_ones_are_archived(self, floor: Cast, media: Path) -> None:
        old, new, running = run_import(floor, *ROWS), run_import(floor, "x,,,,,,"), start(floor)
        long_ago = timezone.now() - timedelta(days=31)
        BulkOperation.objects.filter(pk=old.pk).update(completed_at=long_ago)
        BulkOperation.objects.filter(pk=running.pk).update(created_at=long_ago)
        call_command("archive_old_operations", days=30, dry_run=True)
        assert BulkOperation.objects.count() == 3
        call_command("archive_old_operations", days=30)
        assert set(BulkOperation.objects.all()) == {new, running}
        assert not (media / "bulk" / str(floor.hospital.pk) / str(old.pk)).exists()
        assert files.place(new, "input").exists()
        assert Patient.objects.filter(email__endswith="@example.com").count() == 10


class TestTheAdmin:
    @pytest.fixture
    def operation(self, cast: Cast) -> Iterator[BulkOperation]:
        with scopes_disabled():
            yield run_import(cast, *ROWS[:3], "x,,,,,,")

    def test_it_shows_a_badge_and_a_bar(
        self, client: Client, cast: Cast, operation: BulkOperation
    ) -> None:
        factories.sign_in(client, cast.alice)
        page = client.get(reverse("admin:wards_bulkoperation_changelist")).content.decode()
        assert "wb-badge-success" in page
        assert '<progress max="100" value="75.0"' in page

    def test_files_are_for_the_hospitals_own_admins(
        self, client: Client, cast: Cast, operation: BulkOperation
    ) -> None:
        def ask(user: User, which: str) -> int:
            address = reverse("admin:wards_bulkoperation_download", args=[operation.pk, which])
            response = factories.sign_in(client, user).get(address)
            for closer in getattr(
                response, "_resource_closers", ()
            ):  # its own close would end the connection
                closer()
            return response.status_code

        assert [ask(cast.alice, which) for which in ("input", "errors", "output", "x")] == [
            200, 200, 404, 404,
        ]  # fmt: skip
        assert ask(cast.zed, "input") == 404
        assert ask(cast.mona, "input") == 302

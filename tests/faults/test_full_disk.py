"""The disk is full: said in words, nothing half kept, and all goes on once there is room."""

import http.client
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django_scopes import scopes_disabled

from messaging.campaigns import actions as bulk_actions
from messaging.models import Campaign
from tests import factories
from tests.cast import Cast, create_cast
from tests.conftest import StartWeb
from tests.faults.full_disk import Disk, mounted
from tests.inbox.client import cookie_headers
from tests.processes import Web, wait_for
from wards.models import BulkOperation
from wards.operations import actions, runner

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "patient_id,first_name,last_name,email,phone,date_of_birth,gender\n" + "".join(
    f"{n},Ann,Lee{n},ann{n}@example.com,,,F\n"
    for n in range(100_000)  # 4 MB: Django keeps 2.5 in memory
)
BOUNDARY = "wardbell-boundary"
TOKEN = "a" * 32
IMPORT = "/hospital/bulk/import-patients/"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk", megabytes=32) as disk:
        yield disk


@pytest.fixture
def cast_(transactional_db: None) -> Cast:
    return create_cast()


def upload(web: Web, headers: dict[str, str]) -> tuple[int, str]:
    """Status and body of the answer to an import of ROWS."""
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csv_file"; filename="a.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{ROWS}\r\n--{BOUNDARY}--\r\n"
    ).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)) as link:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it is sent
            link.request("POST", IMPORT, body, headers)
        with link.getresponse() as answer:
            return answer.status, answer.read().decode()


def signed_in(cast_: Cast, web: Web) -> dict[str, str]:
    headers = cookie_headers(cast_.mona, web)
    return {
        "Cookie": f"{headers['Cookie']}; {settings.CSRF_COOKIE_NAME}={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }


@pytest.mark.parametrize("full", ["MEDIA_ROOT", "TMPDIR"])
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_an_upload_is_refused_in_words_and_leaves_nothing(
    start_web: StartWeb, cast_: Cast, disk: Disk, tmp_path: Path, server: str, full: str
) -> None:
    web = start_web(server=server, **{"MEDIA_ROOT": str(tmp_path / "media"), full: str(disk.path)})
    headers = signed_in(cast_, web)
    disk.fill(left=128 * 1024)
    status, page = upload(web, headers)
    assert (status, "The disk is full" in page) == (507, True), page[-500:]
    arabic = {**headers, "Cookie": f"{headers['Cookie']}; {settings.LANGUAGE_COOKIE_NAME}=ar"}
    assert "القرص ممتلئ" in upload(web, {**arabic, "Accept-Language": "ar"})[1]
    status, words = upload(web, {**headers, "HX-Request": "true"})
    assert (status, words.splitlines()[0]) == (507, "The disk is full")
    status, json = upload(web, {**headers, "Accept": "application/json"})
    assert (status, json) == (507, '{"detail": "Insufficient Storage"}')
    assert disk.files == []
    assert not BulkOperation.objects.exists()
    disk.empty()
    assert upload(web, headers)[0] == 302
    media = disk.path if full == "MEDIA_ROOT" else tmp_path / "media"
    [kept] = media.rglob("*.csv")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_an_export_fails_in_words_and_offers_no_half_file(
    cast_: Cast, disk: Disk, settings: object
) -> None:
    settings.MEDIA_ROOT = str(disk.path)  # type: ignore[attr-defined]
    with scopes_disabled():
        for n in range(60):
            factories.create_admission(ward=cast_.cardiology, reason=f"{n}" + "x" * 150)
    export = actions.start_export(
        hospital=cast_.hospital, by=cast_.mona, kind=BulkOperation.Type.EXPORT_PATIENTS
    )
    disk.fill(left=4096)
    runner.run(export.pk)
    export.refresh_from_db()
    assert (export.status, export.failure) == (
        "failed",
        "There is no room left on the server's disk. Tell your IT.",
    )
    assert not export.output_file
    assert disk.files == []


def test_the_error_file_has_no_half_row(cast_: Cast, disk: Disk, settings: object) -> None:
    settings.MEDIA_ROOT = str(disk.path)  # type: ignore[attr-defined]
    bad = ROWS.replace("@example.com", "")
    file = SimpleUploadedFile("a.csv", bad.encode())
    operation = actions.start_import(hospital=cast_.hospital, by=cast_.mona, file=file)
    disk.fill(left=64 * 1024)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == "failed"
    assert "no room" in operation.failure
    errors = Path(operation.input_file.path).with_name("errors.csv")
    assert (errors.stat().st_size if errors.exists() else 0) == operation.error_bytes


def test_a_list_of_a_bulk_send_leaves_nothing(cast_: Cast, disk: Disk, settings: object) -> None:
    settings.MEDIA_ROOT = str(disk.path)  # type: ignore[attr-defined]
    disk.fill(left=4096)
    numbers = "phone\n" + "".join(f"+9665{n:08d}\n" for n in range(20_000))
    with pytest.raises(OSError, match="No space"), scopes_disabled():
        bulk_actions.create_campaign(
            hospital=cast_.hospital,
            by=cast_.dana,
            name="A list",
            audience="file",
            parameters={},
            topic="care",
            channels=["sms"],
            variants=[bulk_actions.Words(body_en="Hello", body_ar="Hello")],
            source=cast(BinaryIO, SimpleUploadedFile("a.csv", numbers.encode())),
        )
    assert disk.files == []
    assert not Campaign.objects.exists()


def test_postgresql_without_room_is_503_and_leaves_no_file(
    client: Client, cast_: Cast, tmp_path: Path, settings: object
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)  # type: ignore[attr-defined]
    factories.sign_in(client, cast_.mona)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file'; END $$;"
            "CREATE CONSTRAINT TRIGGER disk_full AFTER INSERT ON wards_bulkoperation"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disk_full()"
        )
    try:
        answer = client.post(IMPORT, {"csv_file": SimpleUploadedFile("a.csv", ROWS.encode())})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION disk_full CASCADE")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "look before you do it again" in answer.content.decode()
    assert not BulkOperation.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_no_connection_left_in_the_pool_is_503(start_web: StartWeb, cast_: Cast) -> None:
    web = start_web(DB_POOL_MAX="1", DB_PATIENCE="60")
    headers = cookie_headers(cast_.mona, web)
    assert web.get("/inbox/", headers)[0] == 200
    with closing(page(web)) as waiting, closing(page(web)) as other:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE django_session")
            waiting.request("GET", "/inbox/", headers=headers)
            wait_for(somebody_waits_for_a_lock, 20)
            other.request("GET", "/inbox/", headers=headers)
            with other.getresponse() as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        with waiting.getresponse() as answer:
            assert answer.status == 200


def page(web: Web) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])

"""`manage.py createhospital`: a hospital one can sign in to, or a sentence why not."""

import io
import os
import pty
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_scopes import scopes_disabled

from tests.processes import ROOT
from wards.models import Feed, Hospital, Role, User

PASSWORD = "correct horse 7 battery"
GIVEN = {
    "name": "King Fahd Hospital",
    "name_ar": "مستشفى الملك فهد",
    "timezone": "Asia/Riyadh",
    "language": "ar",
    "phone": "+966 11 555 0100",
    "facility": "KFH",
    "username": "layla",
    "first_name": "Layla",
    "last_name": "Al-Harbi",
    "email": "layla@hospital.example",
}


def create(monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD, **changed: Any) -> str:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    call_command("createhospital", password_stdin=True, stdout=said, **GIVEN | changed)
    return said.getvalue()


@pytest.mark.django_db
def test_the_first_administrator_signs_in_and_administers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "King Fahd Hospital is open: layla signs in" in create(monkeypatch)
    user = User.objects.get(username="layla")
    hospital = user.hospital
    assert hospital is not None
    assert (hospital.name_ar, hospital.timezone) == (GIVEN["name_ar"], "Asia/Riyadh")
    assert (user.role, user.is_superuser, user.language) == (Role.ADMIN, False, "ar")
    with scopes_disabled():
        assert Feed.objects.get(facility="KFH").hospital == hospital
    signed_in = client.post("/accounts/login/", {"login": "layla", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert client.get("/admin/wards/user/").status_code == 200


@pytest.mark.django_db
def test_two_hospitals_and_one_without_a_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch)
    create(monkeypatch, name="Second", username="omar", facility="", email="omar@two.example")
    assert Hospital.objects.count() == 2


NONSENSE = {
    "name": ["", "   ", "\u200b\u202e", "---", "x" * 121],
    "name_ar": ["؟؟؟", "\u200f\u200f"],
    "timezone": ["Mars/Olympus", "riyadh", "localtime", "+03:00", ".."],
    "language": ["fr", "EN"],
    "phone": ["call me", "12"],
    "facility": ["TAKEN", "taken", "\u200b"],
    "username": ["", "taken", "Taken", "a b", "x" * 151, "\u202eadmin"],
    "first_name": ["", " "],
    "last_name": ["\u2066\u2069"],
    "email": ["", "layla", "layla@", "a b@c.example"],
    "password": ["", "12345678", "short", "password", "layla@hospital.example"],
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in NONSENSE for value in NONSENSE[field]]
)
def test_nonsense_is_refused_in_words_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, field: str, value: str
) -> None:
    create(monkeypatch, name="There", username="taken", facility="TAKEN", email="t@there.example")
    with pytest.raises(CommandError, match=f"^--{field.replace('_', '-')}: .{{10,}}"):
        create(monkeypatch, **{field: value})
    assert Hospital.objects.count() == User.objects.count() == 1


@pytest.mark.django_db
def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError) as refusal:
        create(monkeypatch, timezone="Riyadh", email="nobody", username="")
    said = str(refusal.value)
    assert [each in said for each in ("--timezone", "--email", "--username")] == [True] * 3
    assert "Perhaps: Asia/Riyadh." in said


def test_on_a_terminal_it_asks_again_for_what_does_not_do(
    transactional_db: None, process_environment: dict[str, str]
) -> None:
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "manage.py", "createhospital", "--name", "Asked"],
        cwd=ROOT,
        env={**os.environ, **process_environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    answers = ["", "Riyadh", "Asia/Riyadh", "", "", "", "omar", "Omar", "Said", "no", "o@x.example"]
    said = _converse(ours, [*answers, PASSWORD, "another", PASSWORD, PASSWORD])
    assert command.wait(60) == 0, said
    assert "Perhaps: Asia/Riyadh." in said
    assert "Asked is open: omar signs in" in said
    assert PASSWORD not in said  # nothing shows while it is typed
    user = User.objects.get(username="omar")
    assert user.check_password(PASSWORD)
    assert user.hospital is not None
    assert user.hospital.timezone == "Asia/Riyadh"


def _converse(terminal: int, answers: list[str]) -> str:
    """Types the next answer at each question; everything that was shown."""
    said, asked = b"", 0
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # its other end is closed
            break
        if not piece:
            break
        said += piece
        if said[asked:].endswith(b": ") and answers:
            asked = len(said)
            os.write(terminal, f"{answers.pop(0)}\n".encode())
    os.close(terminal)
    return said.decode()

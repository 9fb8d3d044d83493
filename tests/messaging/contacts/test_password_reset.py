"""A new password for somebody who has forgotten theirs: by e-mail, from the worker, once."""

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.test import Client
from pytest_django.fixtures import Settings

from messaging.contacts import password_reset
from tests import factories
from tests.carrier import CarrierProcess
from tests.conftest import StartProcess, StartWeb
from tests.processes import wait_for
from wards.base import wakeups
from wards.models import User

pytestmark = pytest.mark.django_db
ADDRESS = "noor@hospital.example"
NEW = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}


@pytest.fixture
def noor() -> User:
    return factories.create_user(username="noor", password=factories.PASSWORD, email=ADDRESS)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the page puts into the queue, which the tests here do not have."""
    tasks: list[tuple[Any, ...]] = []
    monkeypatch.setattr(wakeups, "nudge", lambda task, *args, **_: tasks.append(args))
    return tasks


def ask(client: Client, who: str) -> Any:
    return client.post("/accounts/password/reset/", {"who": who})


def path(user: User) -> str:
    return password_reset.link(user).removeprefix(settings.PUBLIC_URL)


class TestAsking:
    @pytest.mark.parametrize("who", ["noor", "NOOR", ADDRESS, ADDRESS.upper(), f" {ADDRESS} "])
    def test_by_name_or_address(
        self, client: Client, noor: User, queued: list[Any], who: str
    ) -> None:
        assert ask(client, who)["Location"] == "/accounts/password/reset/done/"
        assert queued == [([noor.pk],)]

    def test_known_and_unknown_are_told_and_cost_the_same(
        self, client: Client, noor: User, queued: list[Any], django_assert_num_queries: Any
    ) -> None:
        factories.create_user(username="gone", email="gone@hospital.example", is_active=False)
        answers = set()
        for who in ("noor", "nobody", "nobody@hospital.example", "gone", "gone@hospital.example"):
            with django_assert_num_queries(2):
                answer = ask(client, who)
            answers.add((answer.status_code, answer["Location"], answer.content))
        assert len(answers) == 1
        assert [args for (args,) in queued] == [[noor.pk], [], [], [], []]

    def test_the_queue_holds_no_address(
        self, client: Client, noor: User, queued: list[Any]
    ) -> None:
        ask(client, ADDRESS)
        assert ADDRESS not in repr(queued)

    def test_too_many_from_one_address_wait(
        self, client: Client, noor: User, queued: list[Any]
    ) -> None:
        codes = [ask(client, f"somebody{number}").status_code for number in range(21)]
        assert codes == [302] * 20 + [429]

    def test_without_a_worker_the_web_process_writes(
        self,
        client: Client,
        noor: User,
        queued: list[Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Nobody asks again for what they were told is on its way."""
        otherwise: list[Any] = []
        written: list[int] = []
        monkeypatch.setattr(wakeups, "nudge", lambda *_, **how: otherwise.append(how["otherwise"]))
        monkeypatch.setattr(password_reset, "send", written.append)
        ask(client, "noor")
        in_a_thread = threading.Thread(target=otherwise[0])
        in_a_thread.start()
        in_a_thread.join(10)
        assert written == [noor.pk]

    @pytest.mark.parametrize("carriers", [[], ["twilio"]])
    def test_without_e_mail_it_says_whom_to_ask(
        self, client: Client, noor: User, queued: list[Any], settings: Settings, carriers: Any
    ) -> None:
        settings.MESSAGING_PROVIDERS = carriers
        settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
        for html in (client.get("/accounts/password/reset/"), ask(client, "noor")):
            assert "Ask an administrator" in html.content.decode()
        assert not queued

    def test_the_sandbox_counts_only_in_a_demo(self, settings: Settings) -> None:
        settings.MESSAGING_PROVIDERS, settings.DEMO = ["sandbox"], False
        assert not password_reset.usable_carriers()
        settings.DEMO = True
        assert [each.name for each in password_reset.usable_carriers()] == ["sandbox"]


class TestSending:
    @pytest.fixture(autouse=True)
    def _demo(self, settings: Settings) -> None:
        settings.DEMO, settings.PUBLIC_URL = True, "https://wardbell.example"

    def test_the_link_is_ours_and_in_the_readers_language(
        self, carrier: CarrierProcess, noor: User
    ) -> None:
        noor.language = "ar"
        noor.save()
        password_reset.send(noor.pk)
        (letter,) = carrier.ledger(to=ADDRESS)
        assert "https://wardbell.example/accounts/password/reset/key/" in letter["body"]
        assert "كلمة مرور جديدة" in letter["subject"]
        assert letter["language"] == "ar"

    def test_nobody_is_written_to_more_than_three_times_an_hour(
        self, carrier: CarrierProcess, noor: User
    ) -> None:
        for _ in range(5):
            password_reset.send(noor.pk)
        assert len(carrier.ledger(to=ADDRESS)) == 3

    def test_who_may_not_sign_in_is_not_written_to(self, carrier: CarrierProcess) -> None:
        cases: list[dict[str, Any]] = [{"is_active": False}, {"has_password": False}, {"email": ""}]
        for number, fields in enumerate(cases):
            given = {"email": ADDRESS, **fields}
            user = factories.create_user(username=f"u{number}", **given)
            password_reset.send(user.pk)
        password_reset.send(999_999)
        assert not carrier.ledger()


class TestTheLink:
    def test_it_sets_a_password_once(self, client: Client, noor: User) -> None:
        link = path(noor)
        form = client.get(link, follow=True)
        (inner, _code) = form.redirect_chain[-1]
        assert link.rsplit("-", 1)[-1].strip("/") not in inner  # no key in what Referer tells
        assert client.post(inner, NEW)["Location"] == "/accounts/password/reset/key/done/"
        noor.refresh_from_db()
        assert noor.check_password(NEW["password1"])
        for again in (Client().get(link), client.post(inner, NEW)):
            assert "This link has ended" in again.content.decode()

    def test_it_ends_after_half_an_hour(
        self, client: Client, noor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        link = path(noor)
        later = datetime.now() + timedelta(minutes=31)
        monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: later)
        assert "This link has ended" in client.get(link).content.decode()

    def test_it_ends_with_the_address(self, client: Client, noor: User) -> None:
        link = path(noor)
        noor.email = "other@hospital.example"
        noor.save()
        assert "This link has ended" in client.get(link).content.decode()

    @pytest.mark.parametrize("key", ["x", "set-password", "a-b-c", "cgr1xx-" + "0" * 32])
    def test_what_is_none_ends(self, client: Client, noor: User, key: str) -> None:
        answer = client.get(f"/accounts/password/reset/key/1/{key}/")
        assert "This link has ended" in answer.content.decode()

    def test_whoever_is_locked_out_comes_in_with_the_new_password(
        self, client: Client, noor: User
    ) -> None:
        for _ in range(6):
            client.post("/accounts/login/", {"login": "noor", "password": "wrong"})
        inner = client.get(path(noor), follow=True).redirect_chain[-1][0]
        client.post(inner, NEW)
        words = {"login": "noor", "password": NEW["password1"]}
        assert client.post("/accounts/login/", words).status_code == 302


def test_the_whole_way(
    transactional_db: None,
    carrier: CarrierProcess,
    start_web: StartWeb,
    start_process: StartProcess,
) -> None:
    """Page, queue, worker, carrier; what the browser calls the host has no part in the link."""
    factories.create_user(username="noor", password=factories.PASSWORD, email=ADDRESS)
    env = carrier.environment("https://wardbell.example") | {"DEMO": "true", "ALLOWED_HOSTS": "*"}
    web, worker = start_web(**env), start_process("worker", **env)
    with requests.Session() as browser:
        url = f"{web.url}/accounts/password/reset/"
        evil = {"Host": "evil.example"}
        page = browser.get(url, headers=evil, timeout=20).text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        words = {"who": "noor", "csrfmiddlewaretoken": token[1]}
        cookies = {"csrftoken": str(browser.cookies.get("csrftoken"))}
        evil["Origin"] = "http://evil.example"
        answer = requests.post(
            url, words, headers=evil, cookies=cookies, allow_redirects=False, timeout=20
        )
    assert answer.status_code == 302, answer.text
    letter = wait_for(lambda: carrier.ledger(to=ADDRESS), 30, "the letter")[0]
    links = re.findall(r"https?://\S+", letter["body"])
    assert [link.split("/accounts/")[0] for link in links] == ["https://wardbell.example"]
    key = links[0].rstrip("/").rsplit("/", 1)[1]
    for log in (web.output, worker.output):
        assert key not in log
        assert ADDRESS not in log

"""Which pages of an account there are, and the lock-out."""

import re
from typing import Any

import pytest
from allauth.account import urls as all_of_allauth
from django.test import Client

from config import account_urls
from tests import factories
from wards.accounts import lockout
from wards.models import User

pytestmark = pytest.mark.django_db
WRONG = "the-wrong-one"


@pytest.fixture
def noor() -> User:
    return factories.create_user(username="noor", password=factories.PASSWORD)


def sign_in(
    client: Client, password: str = factories.PASSWORD, name: str = "noor", at: str = "10.0.0.1"
) -> Any:
    return client.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=at)


def is_in(response: Any) -> bool:
    return bool(response.status_code == 302)


def ask_api(client: Client, password: str = factories.PASSWORD, at: str = "10.0.0.1") -> int:
    body = {"username": "noor", "password": password}
    answer = client.post("/api/v1/auth/", body, content_type="application/json", REMOTE_ADDR=at)
    return answer.status_code


def test_allauths_other_pages_are_not_there(client: Client) -> None:
    ours = {pattern.name for pattern in account_urls.urlpatterns}
    theirs = {pattern.name for pattern in all_of_allauth.urlpatterns}
    assert {"account_signup", "account_email", "account_inactive"} <= theirs - ours
    factories.sign_in(client, factories.create_user())
    for path in (
        "signup/",
        "email/",
        "reauthenticate/",
        "inactive/",
        "confirm-email/",
        "password/set/",
        "confirm-email/abc/",
        "login/code/",
        "login/code/confirm/",
        "",
        "3rdparty/",
        "2fa/",
    ):
        for answer in (client.get(f"/accounts/{path}"), client.post(f"/accounts/{path}")):
            assert answer.status_code == 404, path


def test_nobody_gives_themselves_an_address(client: Client, noor: User) -> None:
    factories.sign_in(client, noor)
    for path in (
        "/accounts/email/",
        "/appearance/",
        "/i18n/setlang/",
        "/accounts/password/change/",
    ):
        client.post(path, {"email": "me@evil.example", "action_add": "", "language": "en"})
    noor.refresh_from_db()
    assert noor.email == ""


def test_five_failures_in_one_place_lock_it_for_the_right_password_too(
    client: Client, noor: User
) -> None:
    for _ in range(5):
        assert not is_in(sign_in(client, WRONG))
    assert "Too many failed" in sign_in(client).content.decode()
    assert is_in(sign_in(Client(), name="NOOR ", at="10.0.0.2"))


def test_a_name_is_the_same_however_it_is_written(client: Client, noor: User) -> None:
    for name in ("noor", "NOOR", "Noor ", "\uff4eoor", "nOOr"):
        sign_in(client, WRONG, name)
    assert not is_in(sign_in(client))


def test_nobody_locks_out_a_colleague_who_sits_elsewhere(client: Client, noor: User) -> None:
    home = Client()
    assert is_in(sign_in(home, at="10.0.0.2"))
    home.post("/accounts/logout/")
    for number in range(40):
        sign_in(client, WRONG, at=f"10.1.0.{number}")
    assert is_in(sign_in(home, at="10.0.0.2"))  # whose address is known
    assert is_in(sign_in(Client(), at="10.0.0.2"))  # in another browser there
    home.post("/accounts/logout/")
    assert is_in(sign_in(home, at="10.77.0.1"))  # on the road, in the browser that is known
    assert not is_in(sign_in(Client(), at="10.78.0.1"))  # a stranger, who has it right at last


def test_nor_one_behind_the_same_address(client: Client, noor: User) -> None:
    home = Client()
    sign_in(home)
    home.post("/accounts/logout/")
    for _ in range(25):
        sign_in(client, WRONG)
    assert is_in(sign_in(home))


def test_a_known_browser_has_five_guesses_too(client: Client, noor: User) -> None:
    sign_in(client)
    client.post("/accounts/logout/")
    for _ in range(5):
        sign_in(client, WRONG)
    assert not is_in(sign_in(client))
    assert is_in(sign_in(Client(), at="10.0.0.9"))


def test_a_browser_is_known_for_the_names_that_signed_in_there_alone(
    client: Client, noor: User
) -> None:
    factories.create_user(username="omar", password=factories.PASSWORD)
    sign_in(client, name="omar")
    client.post("/accounts/logout/")
    cookie = client.cookies[lockout.COOKIE]
    assert cookie["httponly"]
    assert "omar" not in cookie.value
    for number in range(31):
        sign_in(Client(), WRONG, at=f"10.1.0.{number}")
    assert not is_in(sign_in(client, at="10.2.0.1"))


@pytest.mark.parametrize("cookie", ["", "x", "W10:1abc:xyz", "a:b", "{}"])
def test_a_forged_mark_is_no_mark(client: Client, noor: User, cookie: str) -> None:
    for _ in range(5):
        client.cookies[lockout.COOKIE] = cookie
        sign_in(client, WRONG)
    client.cookies[lockout.COOKIE] = cookie
    assert not is_in(sign_in(client))


def test_neither_host_nor_a_header_makes_another_place(client: Client, noor: User) -> None:
    for number in range(5):
        client.post(
            "/accounts/login/",
            {"login": "noor", "password": WRONG},
            headers={"X-Forwarded-For": f"9.9.9.{number}", "Forwarded": f"for=9.9.9.{number}"},
            HTTP_HOST="localhost" if number % 2 else "127.0.0.1",
            REMOTE_ADDR="10.0.0.1",
        )
    assert not is_in(sign_in(client))


def test_a_network_of_ipv6_is_one_place(client: Client, noor: User) -> None:
    for number in range(5):
        sign_in(client, WRONG, at=f"2001:db8:1:2::{number}")
    assert not is_in(sign_in(client, at="2001:db8:1:2:ffff::1"))
    assert is_in(sign_in(client, at="2001:db8:1:3::1"))


def test_the_api_and_the_page_count_together(client: Client, noor: User) -> None:
    for _ in range(3):
        ask_api(client, WRONG)
    for _ in range(2):
        sign_in(client, WRONG)
    assert ask_api(client) == 429
    assert not is_in(sign_in(client))
    assert ask_api(client, at="10.0.0.2") == 200


def test_guessing_many_names_from_one_address_ends(client: Client, noor: User) -> None:
    for number in range(20):
        sign_in(client, WRONG, f"somebody{number}")
    assert not is_in(sign_in(client))


def test_successes_are_no_failures(client: Client, noor: User) -> None:
    for _ in range(12):
        assert ask_api(client) == 200


def test_a_dismissed_account_hears_what_a_wrong_password_hears(client: Client, noor: User) -> None:
    factories.create_user(username="gone", password=factories.PASSWORD, is_active=False)
    answers = []
    for name, password in (("gone", factories.PASSWORD), ("noor", WRONG), ("nobody", WRONG)):
        html = sign_in(client, password, name).content.decode()
        answers.append(re.sub(r'(csrfmiddlewaretoken" |name="login"[^>]*)value="[^"]*"', "", html))
    assert len(set(answers)) == 1
    # And counts like one.
    for _ in range(4):
        sign_in(client, factories.PASSWORD, "gone")
    assert "Too many failed" in sign_in(client, factories.PASSWORD, "gone").content.decode()


def test_changing_a_password_asks_for_the_old_one(client: Client, noor: User) -> None:
    factories.sign_in(client, noor)
    new = {"password1": "something-else-1", "password2": "something-else-1"}
    client.post("/accounts/password/change/", {**new, "oldpassword": WRONG})
    noor.refresh_from_db()
    assert noor.check_password(factories.PASSWORD)
    client.post("/accounts/password/change/", {**new, "oldpassword": factories.PASSWORD})
    noor.refresh_from_db()
    assert noor.check_password("something-else-1")


def test_who_has_no_password_cannot_simply_set_one(client: Client) -> None:
    factories.sign_in(client, factories.create_user(has_password=False))
    answer = client.get("/accounts/password/change/")
    assert answer["Location"] == "/accounts/password/reset/"


def test_nobody_tries_passwords_on_the_page_that_changes_it(client: Client, noor: User) -> None:
    factories.sign_in(client, noor)
    new = {"password1": "something-else-1", "password2": "something-else-1"}
    codes = [
        client.post("/accounts/password/change/", {**new, "oldpassword": WRONG}).status_code
        for _ in range(6)
    ]
    assert codes == [200] * 5 + [429]


def test_nor_keys_on_the_page_that_a_link_leads_to(client: Client) -> None:
    codes = [
        client.post("/accounts/password/reset/key/1/abc-set/", {}).status_code for _ in range(21)
    ]
    assert codes == [200] * 20 + [429]


def test_wrong_passwords_in_the_admin_count_though_nothing_is_saved(
    client: Client, noor: User
) -> None:
    """Its pages are one transaction each, which is rolled back with what it counted."""
    operator = factories.create_operator()
    operator.set_password(factories.PASSWORD)
    operator.save()
    factories.sign_in(client, operator)
    page = f"/admin/wards/user/{noor.pk}/password/"
    new = {"password1": "something-else-1", "password2": "something-else-1"}
    for _ in range(5):
        client.post(page, {**new, "own_password": WRONG})
    answer = client.post(page, {**new, "own_password": factories.PASSWORD})
    assert "Too many failed" in answer.content.decode()

"""Nobody's way in is changed from somebody's open screen: the admin asks for one's own password."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.cast import Cast
from tests.wards.admin.model_pages import errors, own_password, url
from wards.models import User

NEW = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}


def form(user: User, **changed: object) -> dict[str, object]:
    """A user's page as it is, but for what is `changed`."""
    shown = ("username", "role", "language", "theme", "code", "first_name", "email")
    return {**{name: getattr(user, name) for name in shown}, "is_active": "on", **changed}


def set_password(client: Client, user: User, **more: str) -> int:
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    words = {**NEW, "usable_password": "true", **more}
    return client.post(page, words).status_code


@pytest.mark.parametrize("own", [{}, {"own_password": ""}, {"own_password": "wrong"}])
def test_a_password_is_not_set_from_an_open_screen(
    alice: Client, both: Cast, own: dict[str, str]
) -> None:
    own_password(alice, both.alice)
    assert set_password(alice, both.noor, **own) == 200
    assert User.objects.get(pk=both.noor.pk).password == both.noor.password


def test_it_is_by_who_shows_who_they_are(alice: Client, both: Cast) -> None:
    assert set_password(alice, both.noor, **own_password(alice, both.alice)) == 302
    assert User.objects.get(pk=both.noor.pk).check_password(NEW["password1"])


def test_the_page_asks_for_it(alice: Client, both: Cast) -> None:
    page = reverse("admin:auth_user_password_change", args=[both.noor.pk])
    for address in (page, url("add", User), url("change", User, both.noor.pk)):
        html = alice.get(address).content.decode()
        assert 'name="own_password"' in html
        assert "Your own password" in html


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "me@evil.example"},
        {"role": "admin"},
        {"is_staff": "on"},
        {"is_active": ""},
        {"username": "noor2"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_lets_somebody_in_is_guarded(
    alice: Client, both: Cast, changed: dict[str, str]
) -> None:
    shown, page = own_password(alice, both.alice), url("change", User, both.noor.pk)
    before = User.objects.filter(pk=both.noor.pk).values().get()
    assert "own_password" in errors(alice.post(page, form(both.noor, **changed)))
    assert User.objects.filter(pk=both.noor.pk).values().get() == before
    assert alice.post(page, form(both.noor, **changed, **shown)).status_code == 302
    assert User.objects.filter(pk=both.noor.pk).values().get() != before


def test_words_and_colours_are_free(alice: Client, both: Cast) -> None:
    page = url("change", User, both.noor.pk)
    words = form(both.noor, first_name="Nur", language="ar", theme="dark")
    assert alice.post(page, words).status_code == 302


def test_a_new_account_is_not_made_from_an_open_screen(alice: Client, both: Cast) -> None:
    words = {**NEW, "username": "nina", "usable_password": "true", "role": "admin"}
    answer = alice.post(url("add", User), {**words, "language": "en"})
    assert "own_password" in errors(answer)
    assert not User.objects.filter(username="nina").exists()


def test_guesses_at_it_are_counted_as_those_at_the_sign_in_page(alice: Client, both: Cast) -> None:
    shown = own_password(alice, both.alice)
    for _ in range(5):
        set_password(alice, both.noor, own_password="wrong")
    assert set_password(alice, both.noor, **shown) == 200
    words = {"login": both.alice.username, "password": factories.PASSWORD}
    assert Client().post("/accounts/login/", words).status_code == 200


def test_ones_own_password_is_changed_where_wrong_ones_are_counted(alice: Client) -> None:
    assert alice.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    assert alice.post("/admin/password_change/", NEW).status_code in (302, 405)

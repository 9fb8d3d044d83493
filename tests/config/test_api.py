"""POST /api/v1/auth/ and /api/v1/auth/refresh/."""

from typing import Any

import pytest
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from config.api import SignIn
from tests import factories
from wards.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor() -> User:
    return factories.create_user(username="noor", password=factories.PASSWORD)


def sign_in(client: Client, password: str = factories.PASSWORD, **more: Any) -> Any:
    body = {"username": "noor", "password": password} | more
    return client.post("/api/v1/auth/", body, content_type="application/json")


def refresh(client: Client, token: str) -> Any:
    return client.post("/api/v1/auth/refresh/", {"refresh": token}, content_type="application/json")


def test_name_and_password_for_tokens(client: Client, noor: User) -> None:
    response = sign_in(client)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"access", "refresh"}
    assert AccessToken(body["access"])["user_id"] == str(noor.pk)


def test_both_addresses_answer(client: Client, noor: User) -> None:
    body = {"username": "noor", "password": factories.PASSWORD}
    assert client.post("/api/auth/", body, content_type="application/json").status_code == 200


def test_a_wrong_password_is_401(client: Client, noor: User) -> None:
    response = sign_in(client, "wrong")
    assert response.status_code == 401
    assert response.json() == {"detail": "The user name or the password is wrong."}
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_nobody_is_401_just_the_same(client: Client, noor: User) -> None:
    assert sign_in(client, username="nobody").json() == sign_in(client, "wrong").json()


def test_a_user_who_may_not_sign_in_is_401(client: Client, noor: User) -> None:
    noor.is_active = False
    noor.save()
    assert sign_in(client).status_code == 401


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"username": "noor"}', '{"username": [1]}', "{"])
def test_a_bad_body_is_400(client: Client, body: str) -> None:
    response = client.post("/api/v1/auth/", body, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"


def test_five_failures_lock_out_even_the_right_password(client: Client, noor: User) -> None:
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 401
    response = sign_in(client)
    assert response.status_code == 429
    assert "Too many failed sign-ins" in response.json()["detail"]


def test_failures_on_the_sign_in_page_count_too(client: Client, noor: User) -> None:
    for _ in range(5):
        client.post("/accounts/login/", {"login": "noor", "password": "wrong"})
    assert sign_in(client).status_code == 429


def test_an_address_that_tries_too_often_is_throttled(
    client: Client, noor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SignIn, "rate", 2)
    assert [sign_in(client).status_code for _ in range(3)] == [200, 200, 429]
    # Another address in a header of the client's own does not help.
    assert sign_in(client, X_FORWARDED_FOR="192.0.2.1").status_code == 429


def test_a_refresh_token_for_a_new_access_token(client: Client, noor: User) -> None:
    token = sign_in(client).json()["refresh"]
    response = refresh(client, token)
    assert response.status_code == 200
    assert AccessToken(response.json()["access"])["user_id"] == str(noor.pk)


def test_a_refresh_token_is_good_for_nothing_else(client: Client, noor: User) -> None:
    token = sign_in(client).json()["refresh"]
    response = client.get(
        "/hospital/api/notifications/unread-count/", headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code in (302, 401, 403)


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_token_that_is_none_is_401_or_400(client: Client, token: str) -> None:
    assert refresh(client, token).status_code == (401 if token else 400)


def test_the_token_of_a_deleted_user_is_401(client: Client, noor: User) -> None:
    token = str(RefreshToken.for_user(noor))
    noor.delete()
    assert refresh(client, token).status_code == 401


def test_the_token_of_a_dismissed_user_is_401(client: Client, noor: User) -> None:
    token = str(RefreshToken.for_user(noor))
    noor.is_active = False
    noor.save()
    assert refresh(client, token).status_code == 401


def test_a_new_password_ends_the_tokens(client: Client, noor: User) -> None:
    token = str(RefreshToken.for_user(noor))
    noor.set_password("something-else-entirely")
    noor.save()
    assert refresh(client, token).status_code == 401

"""The response headers, and that the Django admin lives with them."""

import pytest
from django.contrib import admin
from django.test import Client
from playwright.sync_api import Page

from tests import factories
from tests.processes import Web


def test_every_response_carries_the_policy(client: Client) -> None:
    policy = client.get("/healthz/live")["Content-Security-Policy"]
    assert "default-src 'self';" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self' ws://testserver" in policy
    assert "unsafe" not in policy


def test_sockets_are_secure_where_the_page_is(client: Client) -> None:
    policy = client.get("/healthz/live", secure=True)["Content-Security-Policy"]
    assert "connect-src 'self' wss://testserver" in policy


@pytest.mark.django_db
def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    response = client.post("/admin/login/", {"username": "a", "password": "b"}, follow=True)
    assert response.redirect_chain[0][0].startswith("/accounts/login/")


@pytest.mark.django_db
def test_nobody_signs_up(client: Client) -> None:
    before = client.get("/accounts/signup/")
    assert b"password1" not in before.content


def test_the_admin_works_under_the_policy(page: Page, live_web: Web) -> None:
    operator = factories.create_operator()
    page.context.add_cookies(
        [{"name": "sessionid", "value": factories.create_session(operator), "url": live_web.url}]
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    models = [model._meta for model in admin.site._registry]
    changelists = [f"/admin/{meta.app_label}/{meta.model_name}/" for meta in models]
    for path in ["/admin/", f"/admin/wards/user/{operator.pk}/change/", *changelists]:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
    assert not complaints

"""How carriers are called: what each answer, or none, says about the message."""

from datetime import UTC, datetime

import pytest

from messaging.carriers.base import Refusal, Unclear
from messaging.carriers.http import Api, seconds
from tests.messaging.listener import Answer, Listener
from wards.base import clock


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (301, Unclear),
        (401, Refusal),
        (403, Refusal),
        (429, Refusal),
        (500, Unclear),
        (502, Unclear),
        (503, Refusal),
        (504, Unclear),
        (599, Unclear),
    ],
)
def test_answers_that_say_all(status: int, fault: type[Exception]) -> None:
    with Listener() as listener:
        listener.answer = Answer(status, {"code": 1})
        with pytest.raises(fault):
            Api(listener.url).post("/x", json_body={})
        assert len(listener.asked) == 1, "it is not tried again behind the engine's back"


@pytest.mark.parametrize("status", [200, 201, 202, 400, 404, 422])
def test_answers_that_the_provider_judges(status: int) -> None:
    with Listener() as listener:
        listener.answer = Answer(status, {"code": 1})
        assert Api(listener.url).post("/x", json_body={}) == (status, {"code": 1})


@pytest.mark.parametrize("body", [b"", b"?", b"[1]", b"3", b"\xff", b"null"])
def test_what_is_no_object_is_an_empty_one(body: bytes) -> None:
    with Listener() as listener:
        listener.answer = Answer(200, body)
        assert Api(listener.url).post("/x", json_body={}).body == {}


def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(Refusal) as refused:
        Api("http://no-such-host.invalid", timeout=2).post("/x", json_body={})
    assert refused.value.provider_down


def test_forms_and_json() -> None:
    with Listener() as listener:
        api = Api(listener.url, {"Authorization": "Basic x"})
        api.post("/x", form=[("Body", "مرحبا & more"), ("To", "+1")])
        api.post("/x", json_body={"body": "مرحبا"})
        api.get("/x", {"To": "+1"})
        form, js, query = listener.asked
    assert form.form == {"Body": "مرحبا & more", "To": "+1"}
    assert js.json == {"body": "مرحبا"}
    assert query.path == "/x?To=%2B1"
    assert {each.headers["authorization"] for each in (form, js, query)} == {"Basic x"}


def test_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as proxy:
        with_password = proxy.url.replace("//", "//me:secret@")
        monkeypatch.setenv("http_proxy", with_password)
        monkeypatch.setenv("no_proxy", "10.0.0.1")
        Api("http://api.provider.example").post("/x", json_body={})
    assert proxy.asked[0].path == "http://api.provider.example/x"
    assert proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")


def test_not_through_a_proxy_where_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as direct:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert Api(direct.url).post("/x", json_body={}).status == 200


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("31536000", 31536000.0),
        ("99999999999", 99999999999.0),
        ("9" * 5000, 999999999999.0),
        ("Fri, 20 Nov 2026 10:00:00 GMT", 3600.0),
        ("Fri, 20 Nov 2026 10:00:00 -0000", 3600.0),
        ("Friday, 20-Nov-26 10:00:00 GMT", 3600.0),
        ("Fri, 20 Nov 2026 08:00:00 GMT", 0.0),
        ("Fri, 99 Nov 2026 08:00:00 GMT", None),
    ],
)
def test_s15_when_to_come_again(
    header: str | None, wait: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert seconds(header) == wait


PAGE = b"<html><title>404 Not Found</title>nginx</html>"


@pytest.mark.parametrize(
    ("answer", "down", "permanent"),
    [
        (Answer(404, PAGE), True, False),
        (Answer(408, PAGE), True, False),
        (Answer(408, {"code": 21211}), True, False),
        (Answer(413, PAGE), True, False),
        (Answer(400, b""), True, False),
        (Answer(407, PAGE), True, False),
        (Answer(418, b"[]"), True, False),
    ],
)
def test_s15_the_page_of_a_proxy_is_no_answer_of_the_carrier(
    answer: Answer, down: bool, permanent: bool
) -> None:
    with Listener() as proxy:
        proxy.answer = answer
        with pytest.raises(Refusal) as refused:
            Api(proxy.url).post("/x", json_body={})
    assert (refused.value.provider_down, refused.value.permanent) == (down, permanent)

"""What is read on a page goes out compressed; files and streams do not."""

import gzip
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from config.compression import CompressionMiddleware
from tests import factories
from tests.cast import Cast

ZIP = {"Accept-Encoding": "gzip, deflate, br"}
LONG = "a word " * 500


@pytest.mark.django_db
def test_a_page_is_compressed_each_time_to_another_length(client: Client, cast: Cast) -> None:
    noor = factories.sign_in(client, cast.noor)
    answers: list[Any] = [noor.get("/inbox/", headers=ZIP) for _ in range(8)]
    assert all(answer["Content-Encoding"] == "gzip" for answer in answers)
    assert b"</html>" in gzip.decompress(answers[0].content)
    assert len({len(answer.content) for answer in answers}) > 2, "BREACH"


@pytest.mark.django_db
def test_the_tokens_in_a_page_are_masked_anew(client: Client, cast: Cast) -> None:
    noor = factories.sign_in(client, cast.noor)
    tokens = {str(noor.get("/inbox/").context["csrf_token"]) for _ in range(3)}
    assert len(tokens) == 3


@pytest.mark.parametrize(
    ("response", "compressed"),
    [
        (HttpResponse(LONG), True),
        (HttpResponse(LONG, content_type="application/json"), True),
        (HttpResponse("short"), False),
        (HttpResponse(LONG, content_type="text/csv"), False),
        (HttpResponse(LONG, headers={"Content-Disposition": "attachment"}), False),
        (StreamingHttpResponse(iter([LONG])), False),
        (FileResponse(iter([LONG.encode()]), filename="x.csv"), False),
    ],
    ids=["a page", "JSON", "a word", "CSV", "a download", "a stream", "a file"],
)
def test_what_is_compressed(response: HttpResponseBase, compressed: bool) -> None:
    middleware = CompressionMiddleware(lambda request: response)
    answer = middleware.process_response(RequestFactory().get("/", headers=ZIP), response)
    assert answer.has_header("Content-Encoding") == compressed

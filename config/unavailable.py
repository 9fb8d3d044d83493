"""What is said while the database is away, full or silent: 503 in words, and when to come again.

A middleware would not do: what others raise becomes a response before it reaches us.
"""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from config import bodies

RETRY_AFTER = "5"  # seconds


def answer(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 where the database could not be asked, else 500.

    What was asked for may have been done all the same, where the answer to COMMIT got lost; so the
    words do not say that it was not.
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return server_error(request)
    given = [
        (name.lower().encode(), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
    ]
    headers, body = bodies.refusal(HTTPStatus.SERVICE_UNAVAILABLE, request.path, given)
    response = HttpResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
    for name, value in headers:
        if name != b"connection":  # this one may be kept
            response[name.decode()] = value.decode()
    response["Retry-After"] = RETRY_AFTER
    return response

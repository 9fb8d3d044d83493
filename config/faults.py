"""Django's handler500: what is short is said so, with the status that tells what to do.

No room on the disk is 507. PostgreSQL that is away, full or takes no more connections is 503 with
Retry-After, so that proxies, programs and pages come back by themselves. All else is 500.
"""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views import defaults
from psycopg import Error

from config import words
from wards.base.storage import is_full

RETRY_AFTER = 10  # s
# Classes of SQLSTATE: connection exception, insufficient resources (a full disk, too many
# connections), operator intervention (a restart), a disk that fails. Deadlocks and timeouts of ours
# are other ones.
AWAY = ("08", "53", "57P", "58")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answers for the exception that is being handled."""
    fault = sys.exception()
    if is_full(fault):
        status = HTTPStatus.INSUFFICIENT_STORAGE
    elif database_is_away(fault):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    else:
        return defaults.server_error(request)
    accept, is_htmx = request.headers.get("Accept", ""), "HX-Request" in request.headers
    form = words.form(request.path, accept, is_htmx)
    looking = request.method in ("GET", "HEAD")
    said = words.said(status, get_language() or "en", form, looking=looking)
    answer = HttpResponse(said, content_type=form.value, status=status)
    answer["Cache-Control"] = "no-store"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["Retry-After"] = str(RETRY_AFTER)
        if looking and form == words.Form.PAGE:  # a display on the wall has nobody to reload it
            answer["Refresh"] = str(RETRY_AFTER)
    return answer


def database_is_away(fault: BaseException | None) -> bool:
    """Whether PostgreSQL could not be reached, or could not take it on.

    Without an SQLSTATE a connection never came about, was lost, or the pool had none left.
    """
    while fault is not None:
        if isinstance(fault, (OperationalError, InterfaceError)):
            cause = fault.__cause__
            state = cause.sqlstate if isinstance(cause, Error) else None
            return state is None or state.startswith(AWAY)
        fault = fault.__cause__ or fault.__context__
    return False

"""Refuses what a page asks that was opened by somebody else than is signed in now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from inbox.publications.standing import reader_of
from wards.base import clock
from wards.models import User

HEADER = "Wardbell-Reader"


class ReaderMiddleware:
    """A page names whom it was opened for with all that it asks (static/js/app.js).

    Browsers send the cookie of whoever signed in last, from a tab of somebody else's too: what is
    clicked there would be done in the wrong name, and one person's alerts be shown on the other's
    page. 412, "precondition failed", and the page loads again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.began = clock.now()  # type: ignore[attr-defined]  # what is read is not older
        named = request.headers.get(HEADER)
        if named is None or not isinstance(user := request.user, User) or named == reader_of(user):
            return self.get_response(request)
        return HttpResponse(status=412)

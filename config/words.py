"""Answers to what we cannot take, in words: for people, for their pages' scripts, for programs."""

import json
from enum import StrEnum
from functools import cache
from http import HTTPStatus

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Form(StrEnum):
    """How an answer is given: its Content-Type."""

    PAGE = "text/html; charset=utf-8"
    WORDS = "text/plain; charset=utf-8"  # a heading and a line, in a toast (static/js/app.js)
    JSON = "application/json"


WORDS = {
    HTTPStatus.REQUEST_TIMEOUT: (
        _("That took too long"),
        _("What you sent did not arrive in time. Nothing was saved. Please try again."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        _("That is too large"),
        _("We take less at this address than was sent, and stopped reading. Nothing was saved."),
    ),
    # The answer to COMMIT may have been lost: so the words do not say that nothing was saved.
    HTTPStatus.SERVICE_UNAVAILABLE: (
        _("Wardbell does not reach its database"),
        _(
            "What you have just done may be saved or not: look before you do it again. Please try "
            "again in a moment; until then Wardbell alerts nobody, so use your other ways."
        ),
    ),
    HTTPStatus.INSUFFICIENT_STORAGE: (
        _("The disk is full"),
        _(
            "There is no room left on the server's disk. Nothing of this was saved. "
            "Please call your IT, and try again when there is room."
        ),
    ),
}
# To whoever has only looked: there is nothing that may have been saved.
LOOKING = {
    HTTPStatus.SERVICE_UNAVAILABLE: (
        WORDS[HTTPStatus.SERVICE_UNAVAILABLE][0],
        _(
            "Please try again in a moment; until then Wardbell alerts nobody, "
            "so use your other ways."
        ),
    ),
}


def form(path: str, accept: str, is_htmx: bool) -> Form:
    """What whoever asks for `path` with this Accept header reads."""
    if is_htmx:
        return Form.WORDS
    programs = "html" not in accept and path.startswith(("/api/", "/webhooks/"))
    return Form.JSON if "json" in accept or programs else Form.PAGE


@cache
def said(status: HTTPStatus, language: str, form: Form, *, looking: bool = False) -> bytes:
    """The body of an answer that is one of WORDS, or of LOOKING."""
    heading, words = (looking and LOOKING.get(status)) or WORDS[status]
    with translation.override(language):
        if form == Form.JSON:
            return json.dumps({"detail": status.phrase}).encode()
        if form == Form.WORDS:
            return f"{heading}\n{words}".encode()
        context = {"status": int(status), "heading": heading, "words": words}
        return render_to_string("refusal.html", context).encode()

"""Questions asked in a dialog; without a script each is a page of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from wards.base.refused import Refused
from wards.web.pages import toast, trigger, vary, wants_part

LEVELS = {"error": messages.ERROR, "warning": messages.WARNING}


def ask(request: HttpRequest, template: str, /, **context: Any) -> HttpResponse:
    """The question; 422 where the answer that was given needs another look."""
    part = wants_part(request)
    page = template if part else "wards/dialog.html"
    status = 422 if request.method == "POST" else 200
    return vary(
        render(request, page, {**context, "part": template, "alone": not part}, status=status)
    )


def managed(form: BaseForm, verb: Callable[[], object]) -> bool:
    """Does it; where it is refused, the reason stands in the form."""
    try:
        verb()
    except Refused as refusal:
        form.add_error(None, refusal)
        return False
    return True


def answered(
    request: HttpRequest, said: str, otherwise: str, tone: str = "success"
) -> HttpResponse:
    """The answer to a verb: says in a toast what was done, or why not, and closes the dialog.

    What shows it fetches itself ("wb-changed"). Without a script: above the page `otherwise`.
    """
    if not wants_part(request):
        messages.add_message(request, LEVELS.get(tone, messages.SUCCESS), said)
        return redirect(otherwise)
    response = toast(HttpResponse(status=204), said, tone)
    return trigger(trigger(response, "wb-close-dialog"), "wb-changed")

"""What patients' phones and mailboxes would show, where the sandbox carrier is in use."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging import carriers
from messaging.carriers.base import Refusal, Unclear
from messaging.carriers.sandbox import Sandbox
from messaging.contacts.conversations import Thread, message_id, threads
from messaging.models import Message
from wards.roles import Permission, requires
from wards.web.pages import number, toast, vary, wants_part

LAST = 500  # messages that are looked at
LONGEST = 480  # characters of an answer: three SMS
QUICK = ("STOP", "START", "إيقاف", "اشتراك")


@require_safe
@requires(Permission.SEND_MESSAGES)
def phone(request: HttpRequest) -> HttpResponse:
    """Every number and mailbox, and what one of them shows: `?message=` is in its thread."""
    carrier = _carrier()
    return _show(request, carrier, number(request.GET.get("message")))


@require_POST
@requires(Permission.SEND_MESSAGES)
def answer(request: HttpRequest) -> HttpResponse:
    """Somebody answers with `body` in the thread of `message`; their carrier tells our webhook."""
    carrier, chosen = _carrier(), number(request.POST.get("message"))
    body = request.POST.get("body", "").strip()[:LONGEST]
    try:
        thread = next((each for each in _threads(carrier) if chosen in each.message_ids), None)
        if thread is None or thread.is_mailbox:
            raise Http404
        if body:
            carrier.answer(thread.channel, thread.address, body)
    except (Refusal, Unclear):
        response = HttpResponse(status=204)
        return toast(response, _("The carrier does not answer. Nothing was sent."), "error")
    if wants_part(request):
        return _show(request, carrier, chosen)
    return redirect(f"{resolve_url('messaging:phone')}?message={chosen}")


def _carrier() -> Sandbox:
    """Raises Http404 where messages go to real people."""
    if "sandbox" not in settings.MESSAGING_PROVIDERS:
        raise Http404
    carrier = carriers.get("sandbox")
    assert isinstance(carrier, Sandbox)
    return carrier


def _threads(carrier: Sandbox) -> list[Thread]:
    """Those of this hospital: the carrier has other customers. Raises Refusal or Unclear."""
    books = carrier.books(LAST)
    ids = {message_id(entry["reference"]) for entry in books["messages"]}
    return threads(books, set(Message.objects.filter(pk__in=ids).values_list("pk", flat=True)))


def _show(request: HttpRequest, carrier: Sandbox, chosen: int | None) -> HttpResponse:
    try:
        found, away = _threads(carrier), False
    except (Refusal, Unclear):
        found, away = [], True
    thread = next((each for each in found if chosen in each.message_ids), None)
    context = {
        "threads": found,
        "thread": thread or (found[0] if found else None),
        "chosen": thread is not None,
        "away": away,
        "quick": QUICK,
        "longest": LONGEST,
    }
    template = "messaging/_phone.html" if wants_part(request) else "messaging/phone.html"
    return vary(render(request, template, context))

"""What carriers tell us: one address for each, open to the world, believed only when signed."""

from hashlib import sha256

import structlog
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_scopes import scopes_disabled

from messaging import carriers
from messaging.carriers.base import Carrier, Challenged, Forged, Inbound, Receipt
from messaging.contacts import hearing
from messaging.delivery import receipts
from wards.base import faults, limits

log = structlog.get_logger(__name__)

LARGEST = 1024 * 1024  # bytes; the big e-mail services send up to 768 KB at once
HEARD_FOR = 30 * 24 * 60 * 60  # seconds that an answer is remembered
FORGERIES = 30  # a minute and address that are worth an answer and a line in the log


@csrf_exempt
@require_http_methods(["POST", "HEAD", "GET"])
def messages(request: HttpRequest, name: str) -> HttpResponse:
    """Receipts, and answers of patients. Telling the same thing again changes nothing.

    204: understood, or what was understood of it; 400: no such document; 401: say who you are;
    403: not from the carrier, or too old; 404: no carrier of ours; 411: does not say how long it
    is; 413: too long; 5xx: tell it again later.
    """
    try:
        carrier = carriers.get(name)
    except KeyError:
        raise Http404 from None
    if request.method != "POST":  # some services look whether there is anything before they call
        return HttpResponse()
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        return HttpResponse(status=411)
    if int(length) > LARGEST:
        return HttpResponse(status=413)
    try:
        carrier.verify(request)
        told = carrier.receipts(request)
    except Challenged:  # not counted: each call of such a service begins like this
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="receipts"'})
    except Forged as fault:
        return _forged(request, name, str(fault))
    except (ValueError, RecursionError):  # the latter of [[[[…
        log.warning("webhook_makes_no_sense", provider=name)
        return HttpResponse(status=400)
    return HttpResponse(status=204 if _pass_on(carrier, told) else 500)


def _pass_on(carrier: Carrier, told: list[Receipt | Inbound]) -> bool:
    """False where something a patient said could not be kept: then it must be told again."""
    kept = True
    # A request of the outside world belongs to no hospital; the messages it is about do.
    with scopes_disabled():
        if about := [each for each in told if isinstance(each, Receipt)]:
            receipts.apply(carrier.name, about)
        for each in told:
            if isinstance(each, Inbound):
                kept &= _heard(carrier, each)
    return kept


def _heard(carrier: Carrier, inbound: Inbound) -> bool:
    """Whatever is wrong with one answer keeps us from hearing no other."""
    try:
        _hear(carrier, inbound)
    except Exception as fault:
        log.error("answer_not_kept", provider=carrier.name, fault=faults.place(fault))
        return False
    return True


@transaction.atomic
def _hear(carrier: Carrier, inbound: Inbound) -> None:
    """Once: an old START that is played again must not undo the STOP that came after it."""
    heard = sha256(inbound.id.encode()).hexdigest()
    if not inbound.id or limits.first(f"heard:{carrier.name}:{heard}", HEARD_FOR):
        hearing.heard(inbound)


def _forged(request: HttpRequest, name: str, why: str) -> HttpResponse:
    """Only forgeries are counted: whoever can show who they are is never turned away."""
    if not limits.allowed(f"forged:{limits.address(request)}", FORGERIES, 60):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    log.warning("webhook_forged", provider=name, why=why)
    return HttpResponse(status=403)

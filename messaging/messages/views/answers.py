"""Answers: what people wrote back and nobody has understood, for the front desk to read."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.messages import answers
from messaging.models import Answer
from wards.base.refused import Refused
from wards.roles import Permission, allows, members_only, requires
from wards.web.pages import number, reader, vary

PAGE_SIZE = 20


@require_safe
@requires(Permission.SEND_MESSAGES)
def answer_list(request: HttpRequest) -> HttpResponse:
    """Those that wait, the newest first; with `?done=1` those that were dealt with."""
    done = request.GET.get("done") == "1"
    every = Answer.objects.filter(done_at__isnull=not done).select_related("done_by")
    if before := number(request.GET.get("before")):
        every = every.filter(pk__lt=before)
    rows = list(every.order_by("-pk")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    hospital = reader(request).hospital_id
    assert hospital is not None
    people, talks = answers.patients_of(shown, hospital), answers.conversations(shown)
    context = {
        "done": done,
        "waiting": answers.open_ones(),
        "items": [(each, people[each.pk], talks.get(each.address, [])) for each in shown],
        "older": shown[-1].pk if len(rows) > PAGE_SIZE else None,
    }
    return vary(render(request, "messaging/answers.html", context))


@require_POST
@members_only
def answer_finish(request: HttpRequest, answer_id: int) -> HttpResponse:
    """`way`: done, no or wrong."""
    answer = _answer(request, answer_id)
    way = request.POST.get("way", "")
    if way not in answers.WAYS:
        raise Http404
    try:
        answers.finish(answer=answer, way=way, by=reader(request))
        messages.success(request, _("Done."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("messaging:answers")


@require_POST
@members_only
def answer_reply(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Writes `body` back."""
    answer = _answer(request, answer_id)
    try:
        answers.reply(answer=answer, body=request.POST.get("body", ""), by=reader(request))
        messages.success(request, _("Your answer is on its way."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("messaging:answers")


def _answer(request: HttpRequest, answer_id: int) -> Answer:
    """The answer of this hospital (else 404), for those who may write (else 403)."""
    answer: Answer = get_object_or_404(Answer, pk=answer_id)
    if not allows(reader(request), Permission.SEND_MESSAGES):
        raise PermissionDenied
    return answer

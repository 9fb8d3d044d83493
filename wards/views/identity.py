"""Who is who: people decide whom messages are about, where names and numbers contradict."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from wards.base.refused import Refused
from wards.forms.identity import DecisionForm
from wards.hl7 import decisions
from wards.identity import asking
from wards.models import Hl7Message, IdentityQuestion, User
from wards.roles import Permission, members_only, requires
from wards.web.dialogs import answered, ask
from wards.web.pages import own_hospital, permitted, reader, vary, wants_part

State = IdentityQuestion.State


@require_safe
@requires(Permission.DECIDE_IDENTITY)
def questions(request: HttpRequest) -> HttpResponse:
    """The open questions, the oldest first: what messages say beside whom their numbers lead to."""
    context = {"questions": asking.open_questions(own_hospital(request))}
    template = "_identity" if wants_part(request) else "identity"
    return vary(render(request, f"wards/feeds/{template}.html", context))


@require_http_methods(["GET", "POST"])
@members_only
def decide(request: HttpRequest, question_id: int) -> HttpResponse:
    """`?answer=` matched, new or dismissed, `?patient=`: asks once more, and decides."""
    found = IdentityQuestion.objects.select_related("feed", "hospital")
    question: IdentityQuestion = permitted(
        request, get_object_or_404(found, pk=question_id), Permission.DECIDE_IDENTITY
    )
    form = DecisionForm(request.POST or request.GET, question=question)
    context = {"form": form, "question": question, "states": State}
    if not form.is_valid():
        return ask(request, "wards/feeds/_decide.html", **context)
    context |= {"answer": form.cleaned_data["answer"], "patient": form.cleaned_data["patient"]}
    if request.method == "GET":
        return ask(request, "wards/feeds/_decide.html", **context)
    try:
        said = _decide(question, form, reader(request))
    except Refused as refused:
        form.add_error(None, refused)
        return ask(request, "wards/feeds/_decide.html", **context)
    return answered(request, said, reverse("feeds:identity"))


def _decide(question: IdentityQuestion, form: DecisionForm, by: User) -> str:
    """Does it, and says what became of the messages that waited."""
    match form.cleaned_data["answer"]:
        case State.MATCHED:
            patient = form.cleaned_data["patient"]
            waiting = decisions.match(question=question, patient=patient, by=by)
        case State.NEW:
            waiting = decisions.new_person(question=question, by=by)
        case _:
            decisions.dismiss(question=question, by=by)
            return _("Decided: these messages are not applied.")
    applied = sum(message.status == Hl7Message.Status.ACCEPTED for message in waiting)
    words = ngettext(
        "Decided. %(n)s of %(all)s message has been applied.",
        "Decided. %(n)s of %(all)s messages have been applied.",
        len(waiting),
    )
    return words % {"n": applied, "all": len(waiting)}

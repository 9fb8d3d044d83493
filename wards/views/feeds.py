"""Feeds: what other systems send, how it is answered, what is not understood."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wards.base.refused import Refused
from wards.feeds import figures, masking
from wards.hl7 import replay
from wards.identity import asking
from wards.models import Feed, FeedNote, Hl7Message
from wards.roles import Permission, members_only, requires
from wards.web.dialogs import answered, ask
from wards.web.pages import own_hospital, permitted, reader, vary, wants_part


@require_safe
@requires(Permission.MANAGE_FEEDS)
def feeds(request: HttpRequest) -> HttpResponse:
    """All feeds of the hospital, and how each does."""
    hospital = own_hospital(request)
    context = {
        "figures": figures.of_feeds(hospital),
        "questions": asking.open_questions(hospital).count(),
    }
    template = "_feeds" if wants_part(request) else "feeds"
    return vary(render(request, f"wards/feeds/{template}.html", context))


@require_safe
@members_only
def feed(request: HttpRequest, feed_id: int) -> HttpResponse:
    """One feed: what of it was not understood, and the messages that were not accepted."""
    found = _feed(request, feed_id)
    context = {
        "figures": figures.of_feed(found),
        "feed": found,
        "notes": FeedNote.objects.filter(feed=found).order_by("-count")[: figures.SHOWN],
        "refused": figures.refused_messages(found),
    }
    template = "_feed" if wants_part(request) else "feed"
    return vary(render(request, f"wards/feeds/{template}.html", context))


@require_POST
@members_only
def forget(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Empties the list of what was not understood: it has been mended, and is counted anew."""
    found = _feed(request, feed_id)
    FeedNote.objects.filter(feed=found).delete()
    return answered(request, _("The list is empty."), reverse("feeds:feed", args=[found.pk]))


@require_safe
@members_only
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message without the people it names, its answer, and a way to apply it again."""
    found = _message(request, message_id)
    context = {
        "message": found,
        "lines": masking.masked(found.raw),
        "may_replay": replay.may_be_replayed(found),
    }
    return vary(render(request, "wards/feeds/message.html", context))


@require_http_methods(["GET", "POST"])
@members_only
def replay_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Asks, and applies a stored message again."""
    found = _message(request, message_id)
    if request.method == "GET":
        return ask(request, "wards/feeds/_replay.html", message=found)
    try:
        status = replay.replay(found, reader(request))
    except Refused as refused:
        return _said(request, str(refused), "error", found)
    if status == Hl7Message.Status.ACCEPTED:
        return _said(request, _("The message has been applied."), "success", found)
    why = {"reason": found.reason}
    return _said(request, _("Not applied: %(reason)s") % why, "warning", found)


def _said(request: HttpRequest, words: str, tone: str, found: Hl7Message) -> HttpResponse:
    return answered(request, words, reverse("feeds:message", args=[found.pk]), tone)


def _feed(request: HttpRequest, feed_id: int) -> Feed:
    return permitted(
        request,
        get_object_or_404(Feed.objects.select_related("hospital"), pk=feed_id),
        Permission.MANAGE_FEEDS,
    )


def _message(request: HttpRequest, message_id: int) -> Hl7Message:
    messages = Hl7Message.objects.select_related("feed", "hospital", "question")
    return permitted(request, get_object_or_404(messages, pk=message_id), Permission.MANAGE_FEEDS)

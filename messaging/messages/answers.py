"""What the front desk makes of answers that nobody understood: read, answered, a no."""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from messaging import delivery, sms_parts
from messaging.channels import Channel, Topic
from messaging.contacts import decisions, hearing, ledger, phones
from messaging.models import Answer, Ground, Message
from messaging.rendering.drafts import LONGEST_WHATSAPP, MOST_PARTS
from wards.base import clock
from wards.base import text as cleaning
from wards.base.refused import Refused
from wards.models import Hospital, Patient, User

WAYS = ("done", "no", "wrong")
SHOWN = 5  # lines of a conversation


def open_ones() -> int:
    """How many wait to be read, in the scope of a hospital."""
    return Answer.objects.filter(done_at=None).count()


def patients_of(answers: Collection[Answer], hospital: int) -> dict[int, list[Patient]]:
    """Answer id -> the patients of the hospital who have this address. One query."""
    places = {(each.channel, each.address) for each in answers}
    people = hearing.people_at_each(places, hospital)
    return {each.pk: people[each.channel, each.address] for each in answers}


def conversations(answers: Collection[Answer]) -> dict[str, list[Message]]:
    """Address -> the last messages that went there, the oldest first. One query."""
    found: dict[str, list[Message]] = defaultdict(list)
    there = Message.objects.filter(address__in={each.address for each in answers})
    for message in there.order_by("-id")[: SHOWN * 20]:
        if len(found[message.address]) < SHOWN:
            found[message.address].insert(0, message)
    return dict(found)


@transaction.atomic
def finish(*, answer: Answer, way: str, by: User) -> None:
    """Read (`done`), a no to all messages (`no`), or of a stranger who has the number (`wrong`).

    Whatever it held is let go, or becomes a no; of a wrong number it stays held until somebody has
    put the books right and says so. Refused where a colleague was quicker.
    """
    answer = _locked(answer)
    key = ledger.key(answer.hospital_id, answer.channel, answer.address)
    if key and way == "no":
        decisions.refuse(key=key, by=by, reason=_("As they answered"))
    if key and way == "wrong":
        decisions.refuse(key=key, by=by, reason=_("Wrong number"), ground=Ground.DISPUTED)
    elif key and not _held_by_others(answer):
        decisions.allow(key=key, by=by, reason=_("The answer was read"), grounds=[Ground.DISPUTED])
    _end(answer, way, by)


@transaction.atomic
def reply(*, answer: Answer, body: str, by: User) -> Message:
    """Writes back on the same channel and marks it done; Refused where nothing may go there."""
    answer = _locked(answer)
    body = cleaning.prose(body)
    _check(answer, body)
    patients = patients_of([answer], answer.hospital_id)[answer.pk]
    message = Message(
        hospital=Hospital.objects.get(pk=answer.hospital_id),
        user=None,
        topic=Topic.CARE,
        urgent=True,  # they have just written
        channel=answer.channel,
        address=answer.address,
        country=phones.country_of(answer.address),
        language=patients[0].language if patients else by.language,
        body=body,
        parts=sms_parts.count(body).parts if answer.channel == Channel.SMS else 0,
    )
    delivery.queue([message])
    _end(answer, "reply", by)
    return message


def _check(answer: Answer, body: str) -> None:
    if not body:
        raise Refused(_("Write something first."))
    long_ = answer.channel == Channel.SMS and sms_parts.count(body).parts > MOST_PARTS
    if long_ or len(body) > LONGEST_WHATSAPP:
        raise Refused(_("That is too long for one message."))
    key = ledger.key(answer.hospital_id, answer.channel, answer.address)
    if ledger.read([key]).against(key, Topic.CARE):
        raise Refused(_("Nothing may go there at present. Mark the answer as read first."))


def _held_by_others(answer: Answer) -> bool:
    """Whether another answer from there, not read yet, may be a no as well."""
    others = Answer.objects.filter(
        hospital=answer.hospital_id, channel=answer.channel, address=answer.address
    )
    return others.filter(blocks=True, done_at=None).exclude(pk=answer.pk).exists()


def _locked(answer: Answer) -> Answer:
    found = Answer.objects.select_for_update(of=("self",), no_key=True).get(pk=answer.pk)
    if found.done_at:
        raise Refused(_("A colleague was quicker."))
    return found


def _end(answer: Answer, way: str, by: User) -> None:
    answer.done_at, answer.done_by, answer.became = clock.now(), by, way
    answer.save(update_fields=["done_at", "done_by", "became"])

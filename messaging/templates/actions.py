"""Writing the hospital's words, switching them on and off, and trying them out."""

from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging import delivery, rendering, sms_parts
from messaging.channels import Channel
from messaging.contacts import phones
from messaging.models import Message, MessageTemplate, TemplateVersion
from messaging.rendering import placeholders
from messaging.rendering.drafts import WORDS, Draft
from wards import events
from wards.base import clock
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event, Hospital, User


class Words(TypedDict, total=False):
    """What a version says; the fields of the model."""

    subject_en: str
    body_en: str
    subject_ar: str
    body_ar: str


@transaction.atomic
def create_template(
    *,
    hospital: Hospital,
    code: str,
    name: str,
    category: str,
    channel: str,
    by: User | None = None,
    source: str = Event.Source.WEB,
    **words: Unpack[Words],
) -> MessageTemplate:
    """Makes a template with its first version, switched on.

    Refused where the words have mistakes (`Draft.errors`), and under a code that another template
    of the channel has.
    """
    draft = _checked(Draft(hospital, code, channel, **words))
    template = MessageTemplate(
        hospital=hospital, code=code, name=name, category=category, channel=channel
    )
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as conflict:
        raise Refused(
            _("There is a template with the code %(code)s for %(channel)s already.")
            % {"code": code, "channel": Channel(channel).label}
        ) from conflict
    _write(template, 1, draft, by)
    _record(Kind.TEMPLATE_CREATED, template, by, source, version=1)
    return template


@transaction.atomic
def change_template(
    *,
    template: MessageTemplate,
    seen: int,
    name: str,
    category: str,
    by: User | None = None,
    source: str = Event.Source.WEB,
    **words: Unpack[Words],
) -> MessageTemplate:
    """Gives a template other words, in a new version, or another name or category.

    `seen` is the number of the version that was edited: Refused where somebody else has written a
    newer one meanwhile, and where the words have mistakes. Nothing happens where all is the same.
    """
    template, newest = _current(template)
    if newest.number != seen:
        raise Refused(
            _("Somebody else has changed this template meanwhile. Copy your words and start again.")
        )
    changed = [
        field
        for field, value in (("name", name), ("category", category))
        if getattr(template, field) != value
    ]
    template.name, template.category = name, category
    if changed:
        template.save(update_fields=changed)
    draft = Draft(template.hospital, template.code, template.channel, **words)
    if any(getattr(newest, field) != getattr(draft, field) for field in WORDS):
        _write(template, newest.number + 1, _checked(draft), by)
        changed.append("words")
    if changed:
        number = newest.number + ("words" in changed)
        _record(Kind.TEMPLATE_CHANGED, template, by, source, version=number, changed=changed)
    return template


@transaction.atomic
def switch_template(
    *, template: MessageTemplate, on: bool, by: User | None = None, source: str = Event.Source.WEB
) -> MessageTemplate:
    """Switches a template on or off; messages of a rule whose template is off are not sent."""
    template, newest = _current(template)
    if template.is_active != on:
        template.is_active = on
        template.save(update_fields=["is_active"])
        _record(Kind.TEMPLATE_SWITCHED, template, by, source, version=newest.number, on=on)
    return template


@transaction.atomic
def delete_template(
    *, template: MessageTemplate, by: User | None = None, source: str = Event.Source.WEB
) -> None:
    """Takes a template away. Its versions stay with the messages they made."""
    template, newest = _current(template)
    template.deleted_at, template.is_active = clock.now(), False
    template.save(update_fields=["deleted_at", "is_active"])
    _record(Kind.TEMPLATE_DELETED, template, by, source, version=newest.number)


@transaction.atomic
def send_test(
    *,
    template: MessageTemplate,
    address: str,
    language: str,
    by: User,
    source: str = Event.Source.WEB,
) -> int:
    """Sends the newest version, filled with sample values, to `address`; returns the message's id.

    It travels as any other message does: through the queue, to the real carrier.
    """
    template, newest = _current(template)
    values = placeholders.samples(template.hospital, language)
    unknown = {name: f"[{name}]" for name in newest.variables if name not in values}
    text = rendering.text(newest, template.channel, language)
    subject, body = text.fill(unknown | values)
    message = Message(
        hospital=template.hospital,
        user=by,
        topic=template.category,
        urgent=True,
        version=newest,
        values=unknown | values,
        channel=template.channel,
        address=address,
        country=phones.country_of(address),
        language=text.language,
        subject=subject,
        body=body,
        parts=sms_parts.count(body).parts if template.channel == Channel.SMS else 0,
    )
    (message_id,) = delivery.queue([message])
    _record(Kind.TEMPLATE_TESTED, template, by, source, version=newest.number, message=message_id)
    return message_id


def _current(template: MessageTemplate) -> tuple[MessageTemplate, TemplateVersion]:
    """The template as it is now, locked, and its newest version; Refused where it was deleted."""
    rows = MessageTemplate.objects.select_related("hospital").select_for_update(
        of=("self",), no_key=True
    )
    found = rows.filter(pk=template.pk, deleted_at=None).first()
    if found is None:
        raise Refused(_("This template has been deleted."))
    return found, TemplateVersion.objects.filter(template=found).order_by("-number")[0]


def _checked(draft: Draft) -> Draft:
    if draft.errors:
        raise Refused(draft.errors[0].text)
    return draft


def _write(template: MessageTemplate, number: int, draft: Draft, by: User | None) -> None:
    TemplateVersion.objects.create(
        template=template,
        number=number,
        variables=draft.variables,
        created_by=by,
        **{field: getattr(draft, field) for field in WORDS},
    )


def _record(
    kind: Kind, template: MessageTemplate, by: User | None, source: str, **data: Any
) -> None:
    about = {"template": template.pk, "code": template.code, "channel": template.channel}
    events.record(kind, hospital=template.hospital, source=source, actor=by, data={**about, **data})

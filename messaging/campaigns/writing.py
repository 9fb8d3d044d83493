"""Writing a bulk send down: everything is checked first, so that nothing is half done."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.campaigns import files, lists, patient_groups, texts
from messaging.campaigns.texts import Words
from messaging.channels import PATIENT_CHANNELS, Topic
from messaging.models import BulkSend, BulkVariant
from wards.base import jobs
from wards.base.refused import Refused

Audience, Status = BulkSend.Audience, BulkSend.Status
LISTED = (Audience.LIST, Audience.FILE)
SOURCES = BulkSend._meta.get_field("source").storage
TOPICS = [topic for topic in Topic if topic != Topic.STAFF]


def write(
    bulk: BulkSend,
    name: str,
    audience: str,
    parameters: Mapping[str, Any],
    topic: str,
    channels: Sequence[str],
    variants: Sequence[Words],
    source: BinaryIO | None,
) -> None:
    """Checks everything first, then writes it, and has it prepared."""
    before, old = bulk.audience, bulk.source.name if bulk.source else ""
    bulk.name, bulk.audience, bulk.parameters = name.strip(), audience, dict(parameters)
    bulk.topic, bulk.channels = topic, list(dict.fromkeys(channels))
    _check(bulk)
    if source is None and before != audience:
        bulk.source = None  # a list is no file, nor the other way round
    file, brought = _list(bulk, source)
    rows = [BulkVariant(number=n, **words.__dict__) for n, words in enumerate(variants)]
    texts.check(bulk, rows, patient_groups.names(audience) | brought)
    bulk.status = Status.PREPARING
    jobs.begin_anew(bulk)
    if audience not in LISTED:
        bulk.source, bulk.fingerprint = None, ""
    bulk.save()
    if file is not None:
        bulk.fingerprint = files.fingerprint(file)
        files.keep(bulk, file)
        try:
            bulk.save(update_fields=["source", "fingerprint"])
        except Exception:
            SOURCES.delete(bulk.source.name or "")
            raise
    if old and (not bulk.source or bulk.source.name != old):
        # Names and numbers of people that nobody will write to.
        transaction.on_commit(partial(SOURCES.delete, old))
    bulk.variants.all().delete()
    for row in rows:
        row.bulk = bulk
    BulkVariant.objects.bulk_create(rows)


def _check(bulk: BulkSend) -> None:
    if not bulk.name:
        raise Refused(_("Give it a name."))
    if bulk.topic not in TOPICS:
        raise Refused(_("Say what it is about."))
    if not bulk.channels or set(bulk.channels) - set(PATIENT_CHANNELS):
        raise Refused(_("Choose how it is to be sent."))
    match bulk.audience:
        case Audience.TAGS:
            if not bulk.parameters.get("tags"):
                raise Refused(_("Choose a tag."))
        case Audience.WARD:
            if patient_groups.find_ward(bulk.hospital, bulk.parameters) is None:
                raise Refused(_("There is no such ward."))
        case Audience.APPOINTMENTS:
            _check_day(bulk.parameters.get("day", ""))
        case Audience.ALL | Audience.LIST | Audience.FILE:
            pass
        case _:
            raise Refused(_("Choose whom it is to."))


def _check_day(day: str) -> None:
    try:
        date.fromisoformat(day)
    except (TypeError, ValueError) as fault:
        raise Refused(_("Choose a day.")) from fault


def _list(bulk: BulkSend, source: BinaryIO | None) -> tuple[BinaryIO | None, frozenset[str]]:
    """The list or file to be kept, if there is a new one, and the placeholders that it brings."""
    if bulk.audience not in LISTED:
        return None, frozenset()
    if source is None:
        if not bulk.source:
            raise Refused(_("Choose a file, or paste a list."))
        with bulk.source.open("rb") as kept:
            return None, lists.columns_of(cast(BinaryIO, kept)).brought
    if bulk.audience == Audience.LIST:
        source.seek(0)
        source = files.in_memory(lists.pasted(source.read().decode(errors="replace")))
    return source, lists.check_file(source).brought

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
from messaging.models import Campaign, CampaignVariant
from wards.base import jobs
from wards.base.csv_rows import Unmatched
from wards.base.refused import Refused
from wards.operations import matching

Audience, Status = Campaign.Audience, Campaign.Status
LISTED = (Audience.LIST, Audience.FILE)
SOURCES = Campaign._meta.get_field("source").storage
PURPOSE = "bulk_send"  # of a file whose columns are remembered
OF_FILE = ("columns", "read")  # what is known of the file
TOPICS = [topic for topic in Topic if topic != Topic.STAFF]


def write(
    campaign: Campaign,
    name: str,
    audience: str,
    parameters: Mapping[str, Any],
    topic: str,
    channels: Sequence[str],
    variants: Sequence[Words],
    source: BinaryIO | None,
) -> None:
    """Checks everything first, then writes it, and has it prepared."""
    before, old = campaign.audience, campaign.source.name if campaign.source else ""
    of_file = {name: campaign.parameters[name] for name in OF_FILE if name in campaign.parameters}
    campaign.name, campaign.audience, campaign.parameters = name.strip(), audience, dict(parameters)
    if source is None and audience == before:
        campaign.parameters |= of_file  # it stays
    campaign.topic, campaign.channels = topic, list(dict.fromkeys(channels))
    _check(campaign)
    if source is None and before != audience:
        campaign.source = None  # a list is no file, nor the other way round
    file, brought = _list(campaign, source)
    rows = [CampaignVariant(number=n, **words.__dict__) for n, words in enumerate(variants)]
    texts.check(campaign, rows, patient_groups.names(audience) | brought)
    campaign.status = Status.PREPARING
    jobs.begin_anew(campaign)
    if audience not in LISTED:
        campaign.source, campaign.fingerprint = None, ""
    campaign.save()
    if file is not None:
        campaign.fingerprint = files.fingerprint(file)
        files.keep(campaign, file)
        try:
            campaign.save(update_fields=["source", "fingerprint"])
        except Exception:
            SOURCES.delete(campaign.source.name or "")
            raise
    if old and (not campaign.source or campaign.source.name != old):
        # Names and numbers of people that nobody will write to.
        transaction.on_commit(partial(SOURCES.delete, old))
    campaign.variants.all().delete()
    for row in rows:
        row.campaign = campaign
    CampaignVariant.objects.bulk_create(rows)


def _check(campaign: Campaign) -> None:
    if not campaign.name:
        raise Refused(_("Give it a name."))
    if campaign.topic not in TOPICS:
        raise Refused(_("Say what it is about."))
    if not campaign.channels or set(campaign.channels) - set(PATIENT_CHANNELS):
        raise Refused(_("Choose how it is to be sent."))
    match campaign.audience:
        case Audience.TAGS:
            if not campaign.parameters.get("tags"):
                raise Refused(_("Choose a tag."))
        case Audience.WARD:
            if patient_groups.find_ward(campaign.hospital, campaign.parameters) is None:
                raise Refused(_("There is no such ward."))
        case Audience.APPOINTMENTS:
            _check_day(campaign.parameters.get("day", ""))
        case Audience.ALL | Audience.LIST | Audience.FILE:
            pass
        case _:
            raise Refused(_("Choose whom it is to."))


def _check_day(day: str) -> None:
    try:
        date.fromisoformat(day)
    except (TypeError, ValueError) as fault:
        raise Refused(_("Choose a day.")) from fault


def _list(campaign: Campaign, source: BinaryIO | None) -> tuple[BinaryIO | None, frozenset[str]]:
    """The list or file to be kept, if there is a new one, and the placeholders that it brings."""
    if campaign.audience not in LISTED:
        return None, frozenset()
    if source is None:
        if not campaign.source:
            raise Refused(_("Choose a file, or paste a list."))
        with campaign.source.open("rb") as kept:
            said = campaign.parameters.get("columns")
            return None, lists.columns_of(cast(BinaryIO, kept), said).brought
    if campaign.audience == Audience.LIST:
        source.seek(0)
        source = files.in_memory(lists.pasted(source.read().decode(errors="replace")))
    columns = _columns(campaign, source)
    if columns.noted:
        campaign.parameters["read"] = dict(columns.noted)
    return source, columns.brought


def _columns(campaign: Campaign, source: BinaryIO) -> lists.Columns:
    """What the columns are: as somebody says now or said of such a header before; else by it."""
    said, hospital = campaign.parameters.get("columns"), campaign.hospital
    try:
        columns = lists.check_file(source, said)
    except Unmatched as doubt:
        known = None if said else matching.remembered(hospital, PURPOSE, doubt.names)
        if known is None:
            raise
        campaign.parameters["columns"] = list(known)
        return lists.check_file(source, known)
    if said:
        by = campaign.changed_by or campaign.created_by
        matching.remember(hospital, by, PURPOSE, columns.headings, said)
    return columns

"""The list or file of a bulk send: kept, and known again."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from django.core.files import File
from django.db.models import Exists, OuterRef

from messaging.models import Campaign, Message
from wards.base import clock

REMEMBERED = timedelta(days=30)


def keep(campaign: Campaign, file: BinaryIO) -> None:
    """Keeps the file under a name of ours: what people call their files names patients."""
    file.seek(0)
    campaign.source.save(f"{campaign.hospital_id}/{campaign.pk}/list.csv", File(file), save=False)


def fingerprint(file: BinaryIO) -> str:
    """SHA-256 of the whole file."""
    file.seek(0)
    digest = sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def in_memory(text: bytes) -> BinaryIO:
    """A pasted list, to be kept as a file."""
    return BytesIO(text)


def sent_before(campaign: Campaign) -> Campaign | None:
    """The last one in 30 days to which the same file was sent, also in part; None for none."""
    if not campaign.fingerprint:
        return None
    same = Campaign.objects.filter(
        hospital=campaign.hospital_id,
        fingerprint=campaign.fingerprint,
        started_at__gte=clock.now() - REMEMBERED,
    )
    begun = Exists(Message.objects.filter(campaign=OuterRef("pk")))
    others = same.filter(begun).exclude(pk=campaign.pk)
    return others.select_related("created_by").order_by("-started_at").first()

"""The list or file of a bulk send: kept, and known again."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from django.core.files import File
from django.db.models import Exists, OuterRef

from messaging.models import BulkSend, Message
from wards.base import clock

REMEMBERED = timedelta(days=30)


def keep(bulk: BulkSend, file: BinaryIO) -> None:
    """Keeps the file under a name of ours: what people call their files names patients."""
    file.seek(0)
    bulk.source.save(f"{bulk.hospital_id}/{bulk.pk}/list.csv", File(file), save=False)


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


def sent_before(bulk: BulkSend) -> BulkSend | None:
    """The last one in 30 days to which the same file was sent, also in part; None for none."""
    if not bulk.fingerprint:
        return None
    same = BulkSend.objects.filter(
        hospital=bulk.hospital_id,
        fingerprint=bulk.fingerprint,
        started_at__gte=clock.now() - REMEMBERED,
    )
    begun = Exists(Message.objects.filter(bulk=OuterRef("pk")))
    others = same.filter(begun).exclude(pk=bulk.pk)
    return others.select_related("created_by").order_by("-started_at").first()

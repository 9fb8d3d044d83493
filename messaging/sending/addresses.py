"""What waits for somebody follows them to their new number or mailbox."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django_scopes import scopes_disabled

from messaging import intents, phones
from messaging.models import BulkSend, Message
from messaging.sending.moves import Moves, locked
from messaging.statuses import UNSENT
from wards.kinds import Kind
from wards.models import Event


def corrected(bulk: BulkSend) -> set[int]:
    """The patients whose details have changed since its recipients were worked out."""
    changes = Event.objects.filter(
        hospital=bulk.hospital_id, kind=Kind.PATIENT_UPDATED, at__gte=bulk.prepared_at
    )
    return {each for each in changes.values_list("patient", flat=True) if each}


def follow(patient_ids: Collection[int]) -> None:
    """Writes the patients' present addresses into their messages that have not left the house.

    Only where the rule table wrote them, or a bulk send to patients of ours; an address that
    somebody typed or that was in a list stays. Where there is none
    any more the message stays as it is, and is suppressed when its turn comes.
    """
    if not patient_ids:
        return
    ours = Q(event__isnull=False) | Q(bulk__audience__in=BulkSend.OF_PATIENTS)
    waiting = Message.objects.filter(
        ours, patient__in=patient_ids, due_at__isnull=False, status__in=UNSENT
    )
    with scopes_disabled(), transaction.atomic():
        moves = Moves()
        for message in locked(waiting.select_related("patient", "hospital")):
            assert message.patient is not None
            address = intents.address_of(message.patient, message.channel, message.hospital)
            if address and address != message.address:
                message.address, message.country = address, phones.country_of(address)
                moves.change(message)
        moves.write()

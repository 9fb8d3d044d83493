"""Answers of people, for tests: rows that nobody has read yet."""

from itertools import count
from typing import Any

from django_scopes import scope

from messaging.channels import Channel
from messaging.contacts import ledger
from messaging.models import Answer, Ground, Source
from wards.models import Hospital

_numbers = count(90_000_000)


def create_answer(hospital: Hospital, **fields: Any) -> Answer:
    """Words from a number that said no once and may be written to again."""
    address = fields.get("address") or f"+9665{next(_numbers):08}"
    given = {"channel": Channel.SMS, "address": address, "body": "Is there parking?"}
    with scope(hospital=hospital.pk):
        key = ledger.Key(hospital.pk, Channel.SMS, address)
        for stands in (True, False):
            ledger.note([ledger.Entry(key, Ground.REFUSED, stands, Source.ANSWER)])
        return Answer.objects.create(hospital=hospital, **given | fields)

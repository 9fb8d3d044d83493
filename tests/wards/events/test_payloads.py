"""What events carry is what their kind declares."""

import pytest
from django.db import transaction

from tests.cast import Cast
from wards import events
from wards.events import payloads
from wards.events.payloads import Unfit
from wards.kinds import Kind


def test_every_kind_declares_its_payload() -> None:
    assert set(payloads.PAYLOADS) == set(Kind)


def test_an_event_carries_nothing_else(floor: Cast) -> None:
    with pytest.raises(Unfit, match="values"), transaction.atomic():
        events.record(Kind.SYSTEM_ERROR, hospital=floor.hospital, data={"values": []})


def test_nor_is_it_about_anything_else(floor: Cast) -> None:
    with pytest.raises(Unfit, match="patient"), transaction.atomic():
        events.record(Kind.SYSTEM_ERROR, hospital=floor.hospital, patient=floor.patient)


def test_what_it_declares_is_taken(floor: Cast) -> None:
    with transaction.atomic():
        event = events.record(
            Kind.SYSTEM_ERROR, hospital=floor.hospital, data={"subject": "Disk", "reason": "Full"}
        )
    assert event.data == {"subject": "Disk", "reason": "Full"}

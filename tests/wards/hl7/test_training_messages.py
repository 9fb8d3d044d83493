"""A rehearsal is not taken for real (rule S7)."""

import pytest
from django_scopes import scopes_disabled

from inbox.models import Notification
from tests.cast import Cast
from tests.messaging.people import make_reachable
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import answer, kinds
from wards.hl7.intake import receive
from wards.hl7.training import NOTE
from wards.models import Admission, Event, Feed, Hl7Message, Patient

pytestmark = pytest.mark.django_db(transaction=True)


def marked(raw: bytes, processing: str) -> bytes:
    """The message with this MSH-11."""
    return raw.replace(b"|P|2.5.1", f"|{processing}|2.5.1".encode())


@pytest.mark.parametrize("processing", ["T", "D", "t", "T^T"])
@pytest.mark.parametrize(
    "raw", [hl7.admission(), hl7.appointment(), hl7.result(hl7.obx("9.9", "HH"))]
)
def test_s07_nothing_of_it_happens(floor: Cast, raw: bytes, processing: str) -> None:
    assert answer(receive(marked(raw, processing))) == ("AA", NOTE)
    assert (kinds(), Patient.objects.filter(number="MRN-9").count()) == ([], 0)
    with scopes_disabled():
        stored = Hl7Message.objects.latest("id")
        assert not Notification.objects.exists()
    assert (stored.status, stored.reason) == ("AA", NOTE)


@pytest.mark.parametrize("processing", ["P", ""])
def test_s07_production_is_done(floor: Cast, processing: str) -> None:
    assert answer(receive(marked(hl7.admission(), processing))) == ("AA", "")
    assert Admission.objects.exists()
    assert "training" not in Event.objects.latest("id").data


def test_s07_where_a_feed_shows_it_every_alert_says_so(floor: Cast) -> None:
    make_reachable(floor)
    Feed.objects.update(training=Feed.Training.SHOW)
    raw = marked(hl7.admission(number="MRN-1", name="Patel^Pat"), "T")
    assert answer(receive(raw)) == ("AA", "")
    with scopes_disabled():
        titles = Notification.objects.values_list("recipient", "title")
        assert {*titles} == {(floor.noor.pk, "TEST · Pat Patel admitted to Cardiology")}
    assert not floor.patient.messages.exists(), "patients hear nothing of it"
    assert Event.objects.latest("id").data["training"] is True

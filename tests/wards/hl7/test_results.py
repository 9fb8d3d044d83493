"""ORU^R01: what the laboratory found, and whose message it is."""

import pytest
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import kinds, refused, send
from wards.kinds import Kind
from wards.models import Admission, Event, Hl7Message, ResultVersion

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_normal_and_an_abnormal_result(floor: Cast) -> None:
    assert send(hl7.result(hl7.obx("80"), attending="", obr_orderer="C006")) == "AA"
    assert send(hl7.result(hl7.obx("98.0", "H"))) == "AA"
    normal, abnormal = Event.objects.order_by("id")
    assert (normal.kind, normal.provider) == (Kind.TEST_RESULT_READY, floor.priya)
    assert (normal.data["interpretation"], normal.data["within_range"]) == ("normal", True)
    assert not normal.data["normal"], "nobody said so"
    assert (abnormal.kind, abnormal.ward) == (Kind.TEST_RESULT_READY, floor.cardiology)
    assert abnormal.data["interpretation"] == "abnormal"
    [value] = abnormal.data["values"]
    assert (value["name"], value["value"], value["unit"]) == ("Creatinine", "98.0", "umol/L")


def test_a_critical_result_by_flag_and_by_the_hospitals_limit(floor: Cast) -> None:
    factories.create_limit(floor.hospital, "tt-0003-01", high=300)
    for value, flag in (("98", "HH"), ("300", "H"), ("299.99", "H"), (">300", ""), ("n/a", "H")):
        assert send(hl7.result(hl7.obx(value, flag))) == "AA"
    critical, ready = Kind.TEST_RESULT_CRITICAL, Kind.TEST_RESULT_READY
    assert kinds() == [critical, critical, ready, critical, ready]


def test_a_result_goes_where_the_patient_is_and_makes_no_ward(floor: Cast) -> None:
    assert send(hl7.result(place="")) == "AA"
    assert send(hl7.admission(place="RENAL^R^R-01")) == "AA"
    assert send(hl7.result(place="")) == "AA"
    assert send(hl7.result(place="NEPHRO")) == "AA"
    before, _, after, unknown = Event.objects.order_by("id")
    assert (before.ward, after.ward, unknown.ward) == (None, floor.renal, floor.renal)
    assert unknown.data["unknown_ward"] == "NEPHRO"
    stored = Hl7Message.objects.latest("id")
    assert stored.reason == "ward NEPHRO is not known here"


def test_what_was_applied_is_kept_with_its_message(floor: Cast) -> None:
    assert send(hl7.result(hl7.obx("1"))) == "AA"
    version = ResultVersion.objects.get()
    assert (version.message, version.event) == (Hl7Message.objects.get(), Event.objects.get())


def test_each_order_is_an_event(floor: Cast) -> None:
    raw = hl7.result(hl7.obx("1"), "OBR|2|||B^Second", hl7.obx("2", "HH"))
    assert send(raw) == "AA"
    assert kinds() == [Kind.TEST_RESULT_READY, Kind.TEST_RESULT_CRITICAL]


def test_hospitals_do_not_see_each_others_messages(floor: Cast) -> None:
    assert send(hl7.admission(facility="OTHER", number="MRN-1", name="")) == "AA"
    assert not Hl7Message.objects.exists()
    assert not kinds()
    with scope(hospital=floor.other_hospital.pk):
        assert Admission.objects.get().patient == floor.other_patient
        assert Hl7Message.objects.get().hospital == floor.other_hospital


@pytest.mark.parametrize("facility", ["NOWHERE", ""])
def test_an_unknown_facility(floor: Cast, facility: str) -> None:
    factories.create_hospital("Without a feed")
    stored = refused(hl7.admission(facility=facility), "AR", "facility", facility)
    assert stored.hospital is None
    assert "MRN-9" in stored.raw


def test_what_was_refused_is_applied_when_it_comes_again_and_the_cause_is_gone(floor: Cast) -> None:
    raw = hl7.admission(facility="NEW SITE")
    refused(raw, "AR", "NEW SITE")
    factories.create_feed(floor.hospital, "NEW SITE")
    assert send(raw) == "AA"
    stored = Hl7Message.objects.get()
    assert (stored.status, stored.reason, stored.hospital) == ("AA", "", floor.hospital)
    assert kinds() == [Kind.PATIENT_ADMITTED]


def test_a_mended_message_may_keep_its_control_id(floor: Cast) -> None:
    refused(hl7.admission(control_id="7", since="today"), "AE", "PV1-44")
    assert send(hl7.admission(control_id="7")) == "AA"
    # Another content is another message: what was refused stays to be seen.
    stored = Hl7Message.objects.order_by("id").values_list("status", flat=True)
    assert [*stored] == ["AE", "AA"]


def test_s02_a_ward_is_known_in_whatever_case(floor: Cast) -> None:
    assert send(hl7.result(place="renal")) == "AA"
    assert Event.objects.latest("id").ward == floor.renal
    assert Hl7Message.objects.latest("id").reason == ""

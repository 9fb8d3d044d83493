"""What becomes of a laboratory's report: the result, its versions and the event."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import Cast
from wards.actions.results import Concerned, Reported, report_result
from wards.kinds import Kind
from wards.models import Event, LaboratoryFlag, Outbox, Result
from wards.results.observations import Code, Observation
from wards.results.states import Report


def report(floor: Cast, *observations: Observation, **how: Any) -> Reported:
    concerned = Concerned(
        **{name: how.pop(name) for name in ("ward", "provider", "copies") if name in how}
    )
    source = how.pop("source", Event.Source.API)
    given = {"test": "Urea and electrolytes", "observations": list(observations)}
    return report_result(
        hospital=floor.hospital,
        patient=floor.patient,
        report=Report(**given | how),
        concerned=concerned,
        source=source,
    )


def event(floor: Cast, *observations: Observation, **how: Any) -> Event:
    recorded = report(floor, *observations, **how).event
    assert recorded is not None
    return recorded


creatinine = factories.observation
potassium = Observation((Code("k", "Potassium"),), "", "NM", "7.1", "mmol/L", "", ("HH",))


def test_a_normal_result_is_ready(floor: Cast) -> None:
    told = event(floor, creatinine("80", "N"), ward=floor.renal, provider=floor.priya, source="hl7")
    assert (told.kind, told.source) == (Kind.TEST_RESULT_READY, "hl7")
    assert (told.patient, told.ward, told.provider) == (floor.patient, floor.renal, floor.priya)
    assert (told.data["interpretation"], told.data["normal"]) == ("normal", True)
    assert Outbox.objects.get().event == told


def test_an_event_has_the_values_the_worst_first(floor: Cast) -> None:
    told = event(floor, creatinine("142", "H"), potassium)
    assert told.kind == Kind.TEST_RESULT_CRITICAL
    assert told.data["abnormal"]
    assert [value["name"] for value in told.data["values"]] == ["Potassium", "Creatinine"]
    assert told.data["values"][0] == {
        "name": "Potassium",
        "value": "7.1",
        "unit": "mmol/L",
        "range": "",
        "flag": "HH",
        "interpretation": "critical",
        "readings": [],
        "was": "",
    }


def test_the_hospitals_limit_makes_it_critical(floor: Cast) -> None:
    factories.create_limit(floor.hospital, high=300)
    assert event(floor, creatinine("310.5", "H")).kind == Kind.TEST_RESULT_CRITICAL
    assert event(floor, creatinine("299.9", "H")).kind == Kind.TEST_RESULT_READY


def test_the_hospitals_own_flag_makes_it_critical(floor: Cast) -> None:
    LaboratoryFlag.objects.create(hospital=floor.hospital, flag="ROT", meaning="critical")
    assert event(floor, creatinine("310", "ROT")).kind == Kind.TEST_RESULT_CRITICAL


def test_the_limits_and_flags_of_others_do_not(floor: Cast) -> None:
    factories.create_limit(floor.other_hospital, high=300)
    factories.create_limit(floor.hospital, code="other", high=1)
    assert event(floor, creatinine("310")).kind == Kind.TEST_RESULT_READY


def test_an_order_is_one_result_with_versions(floor: Cast) -> None:
    first = report(floor, creatinine("142"), filler="F1", status="P")
    second = report(floor, creatinine("142"), filler="F1")
    assert first.result == second.result == Result.objects.get()
    assert [v.status for v in second.result.versions.all()] == ["preliminary", "final"]
    assert [v.event for v in second.result.versions.all()] == [first.event, second.event]


def test_another_test_another_order_and_another_patient_are_other_results(floor: Cast) -> None:
    report(floor, creatinine("142"), filler="F1", code="UE")
    report(floor, creatinine("142"), filler="F1", code="CREA")
    report(floor, creatinine("142"), filler="F2", code="UE")
    factories.report_result(factories.create_patient(floor.hospital), filler="F1", code="UE")
    assert Result.objects.count() == 4


def test_a_placers_number_that_several_results_have_is_no_answer(floor: Cast) -> None:
    for filler in ("F1", "F2"):
        report(floor, creatinine("142"), filler=filler, placer="P1")
    report(floor, creatinine("150"), placer="P1")
    assert Result.objects.count() == 3


def test_where_the_patient_is_and_where_the_report_says(floor: Cast) -> None:
    stay = factories.create_admission(patient=floor.patient, ward=floor.renal, provider=floor.priya)
    told = event(floor, potassium, ward=floor.cardiology)
    assert (told.ward, told.other_ward, told.admission) == (floor.renal, floor.cardiology, stay)
    assert told.provider == floor.priya, "who attends the stay, where nobody is named"


@pytest.mark.parametrize("values", [1, 50])
def test_it_asks_no_more_often_for_many_values(floor: Cast, values: int) -> None:
    many = [
        Observation((Code(f"c{n}", f"Test {n}"),), type="NM", value=str(n)) for n in range(values)
    ]
    with CaptureQueriesContext(connection) as queries:
        report(floor, *many, filler="F1")
    assert len(queries) == 9, [q["sql"][:90] for q in queries]


def test_s05_the_code_of_another_system_is_the_same_test(floor: Cast) -> None:
    assert report(floor, potassium, filler="F1", code="K", status="P").event
    again = report(floor, creatinine("80"), filler="F1", code="2823-3", alternate="K")
    assert (again.result, again.result.version) == (Result.objects.get(), 2)

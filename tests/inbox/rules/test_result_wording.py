"""What an alert of a result says: what was said, and no more."""

import pytest

from tests import factories
from tests.cast import Cast, create_cast
from tests.inbox.results import alert, oru, potassium, said
from tests.wards.hl7.messages import send

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


CASES = {
    # What is sent, and the level, title and message that Priya gets.
    "A1 out of its range without a flag": (
        oru(potassium("7.9")),
        "warning", "Potassium for Pat Patel", "7.9 mmol/L (3.5-5.1). Cardiology.",
    ),
    "A2 positive without a flag": (
        oru("OBX|1|CWE|94534-5^RdRp^LN||10828004^Positive^SCT||||||F", test="X^SARS-CoV-2 RNA^LN"),
        "warning", "SARS-CoV-2 RNA for Pat Patel", "RdRp Positive. Cardiology.",
    ),
    "A3 a cancelled order": (
        oru("OBX|1|NM|K^Potassium^L||||||||X", status="X"),
        "warning", "Cancelled: Potassium for Pat Patel", "Cancelled by the laboratory. Cardiology.",
    ),
    "A4 all values withdrawn": (
        oru(potassium("7.9", "HH", "W"), status="C"),
        "warning", "Withdrawn: Potassium for Pat Patel",
        "Withdrawn by the laboratory: 7.9 mmol/L (3.5-5.1, HH). Cardiology.",
    ),
    "A5 a report in words": (
        oru("OBX|1|TX|IMP^Impression^L||Acute subdural haematoma, midline shift 9 mm.||||||F",
            test="CTHEAD^CT head^L"),
        "warning", "CT head for Pat Patel",
        "Report: Acute subdural haematoma, midline shift 9 mm. Cardiology.",
    ),
    "A6 a flag that only laboratories know": (
        oru(potassium("6.9", "CRIT")),
        "critical", "Critical: Potassium for Pat Patel", "6.9 mmol/L (3.5-5.1, CRIT). Cardiology.",
    ),
    "A7 a comma, beyond the hospital's limit": (
        oru("OBX|1|NM|tt-0003-01^Creatinine^L||310,5|umol/L|||||F", test="CREA^Creatinine^L"),
        "critical", "Critical: Creatinine for Pat Patel", "310,5 umol/L. Cardiology.",
    ),
    "A7 a comparator": (
        oru("OBX|1|NM|tt-0003-01^Creatinine^L||≥300|umol/L|||||F", test="CREA^Creatinine^L"),
        "critical", "Critical: Creatinine for Pat Patel", "≥300 umol/L. Cardiology.",
    ),
    "normal, because the laboratory says so": (
        oru(potassium("4.9", "N")),
        "info", "Potassium for Pat Patel", "4.9 mmol/L (3.5-5.1, N). Normal. Cardiology.",
    ),
    "within its range, and no more than that": (
        oru(potassium("4.9")),
        "info", "Potassium for Pat Patel",
        "4.9 mmol/L (3.5-5.1). Within the range given. Cardiology.",
    ),
    "a value that says nothing": (
        oru("OBX|1|ST|K^Potassium^L||see remark||||||F"),
        "warning", "Potassium for Pat Patel", "see remark, not interpreted. Cardiology.",
    ),
    "no values": (
        oru(),
        "warning", "Potassium for Pat Patel", "No values were sent. Cardiology.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_s01_an_alert_says_what_was_said(cast: Cast, case: str) -> None:
    factories.create_limit(cast.hospital, high=300)
    raw, *expected = CASES[case]
    assert send(raw) == "AA"
    assert said(cast.priya) == tuple(expected)


def test_s01_two_readings_are_both_shown(cast: Cast) -> None:
    factories.create_limit(cast.hospital, "PLT", high=1000)
    assert send(oru("OBX|1|NM|PLT^Platelets^L||1,200|G/L|||||F", test="PLT^Platelets^L")) == "AA"
    level, _, message = said(cast.priya)
    assert level == "critical"
    assert "1,200 G/L, read as 1200 / 1.2" in message


def test_s01_of_many_values_the_worst_come_first_and_the_rest_are_counted(cast: Cast) -> None:
    normal = [f"OBX|{n}|NM|T{n}^Test {n}^L||5|g|1-9|N|||F" for n in range(15)]
    assert send(oru(*normal, potassium("6.9", "HH"), test="U^Everything^L")) == "AA"
    message = alert(cast.priya).message
    assert message.startswith("Potassium 6.9 mmol/L (3.5-5.1, HH) · Test 0 5 g (1-9, N)")
    assert "and 12 more" in message
    assert "Normal" not in message


def test_s01_the_place_is_that_of_the_patient(cast: Cast) -> None:
    factories.create_admission(patient=cast.patient, ward=cast.renal, bed=cast.renal_bed)
    assert send(oru(potassium("6.9", "HH"), place="CARD")) == "AA"
    assert said(cast.omar)[2] == "6.9 mmol/L (3.5-5.1, HH). Renal Ward, bed R-01."
    assert alert(cast.noor).event.other_ward == cast.cardiology, "both wards hear"

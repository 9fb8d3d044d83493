"""A feed that can be played for ever: admissions, results and discharges of a few patients."""

from collections.abc import Iterator
from itertools import count

from tests import factories
from wards.models import Hospital, Ward

PATIENTS, WARDS = 5, 4  # patients a sender; wards of the hospital
RESULTS = 3  # of each stay, one of them critical
VALUES = 6
_numbers = count(1)


def settle() -> Hospital:
    """A hospital with everybody whom the feed names, and a nurse on duty in each ward."""
    hospital = factories.create_hospital("Feed", facility="BENCH")
    for number in range(WARDS):
        ward: Ward = factories.create_ward(hospital, f"Ward {number}", code=f"W{number}")
        factories.create_duty(factories.create_user(hospital), ward)
    return hospital


def stays(sender: int, messages: int) -> list[bytes]:
    """So many messages of one sender's patients, in the order in which they happen."""
    feed = _stays(sender)
    return [next(feed).encode() for _ in range(messages)]


def _stays(sender: int) -> Iterator[str]:
    while True:
        for patient in range(PATIENTS):
            yield from _stay(f"{sender}{patient:02}", sender % WARDS, str(next(_numbers)))


def _stay(patient: str, ward: int, visit: str) -> Iterator[str]:
    pid = f"PID|1||P{patient}^^^BENCH^MRN||Haddad^Layla||19800229|F|||||+966505550101"
    gap = "|" * 11
    place = f"W{ward}^^{patient}"
    pv1 = f"PV1|1|I|{place}||||C{ward}^Prasad^Priya{gap}|V{visit}"
    yield (
        "\r".join((_header("ADT^A01"), "EVN||20261120101400", pid, pv1, "PV2|||^Chest pain")) + "\r"
    )
    for number in range(RESULTS):
        order = f"{visit}.{number}"
        obr = f"OBR|1|O{order}|F{order}|U&E^Urea and electrolytes|||20261120101400"
        yield "\r".join((_header("ORU^R01"), pid, pv1, obr, *_values(critical=number == 1))) + "\r"
    yield "\r".join((_header("ADT^A03"), "EVN||20261120121400", pid, pv1)) + "\r"


def _header(kind: str) -> str:
    return f"MSH|^~\\&|PAS|BENCH|WARDBELL|HQ|20261120101500||{kind}|B{next(_numbers)}|P|2.5.1"


def _values(*, critical: bool) -> Iterator[str]:
    for number in range(VALUES):
        value, flag = ("7.1", "HH") if critical and number == 0 else ("4.1", "N")
        yield f"OBX|{number + 1}|NM|K{number}^Potassium {number}||{value}|mmol/L|3.5-5.1|{flag}|||F"

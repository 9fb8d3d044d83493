"""A real simulator's whole feed, from file to database, against a separate reading of the file.

That reading is deliberately dumb: it splits lines, and shares nothing with the parser.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from django_scopes import scope

from config.local.redis import free_port
from inbox.models import Notification
from inbox.tasks import sweep
from tests import factories
from tests.processes import ROOT, Process, wait_for
from tests.wards.hl7.test_listener import Sender
from wards.models import (
    Admission,
    Bed,
    DutyPeriod,
    Event,
    Hl7Message,
    Hospital,
    Outbox,
    Patient,
    Result,
    User,
    Ward,
)

FEED = Path("tests/data/simhospital/messages.hl7")
CREATININE, LIMIT = "tt-0003-01", 300.0
RENAL = "RenalWard"


@dataclass
class Expected:
    stays: Counter[tuple[str, str, str, str]]  # patient, ward, bed, visit
    results: Counter[
        tuple[str, str, str | None, str, bool]
    ]  # kind, patient, ward, provider, abnormal
    patients: set[str]
    wards: set[str]
    beds: set[tuple[str, str]]
    clinicians: set[str]
    answers: Counter[str]


def messages() -> list[str]:
    text = (ROOT / FEED).read_bytes().decode("ascii")
    return [message for message in re.split(r"\n\s*\n", text) if message.strip()]


def expected_of(feed: list[str], *wards: str) -> Expected:
    """What the feed means where these wards are known; a result makes no others."""
    e = Expected(Counter(), Counter(), set(), {*wards}, set(), set(), Counter())
    for message in feed:
        lines = [line.split("|") for line in re.split("[\r\n]+", message) if line]
        kind = lines[0][8]
        if kind not in ("ADT^A01", "ORU^R01"):
            e.answers["AE" if kind == "ADT^A34" else "AR"] += 1  # a merge of two people
            continue
        e.answers["AA"] += 1
        [patient] = [line[3].split("^")[0] for line in lines if line[0] == "PID"]
        [pv1] = [line for line in lines if line[0] == "PV1"]
        ward, bed = [*pv1[3].split("^"), "", ""][0:3:2]
        provider = pv1[7].split("^")[0]
        e.patients.add(patient)
        e.clinicians.add(provider)
        if kind == "ADT^A01":
            e.wards.add(ward)
            e.beds.add((ward, bed))
            e.stays[patient, ward, bed, pv1[19].split("^")[0]] += 1
        else:
            values = [line for line in lines if line[0] == "OBX"]
            critical = any(is_critical(line) for line in values)
            abnormal = any(is_abnormal(line) and not is_critical(line) for line in values)
            name = "test_result.critical" if critical else "test_result.ready"
            place = ward if ward in e.wards else None
            e.results[name, patient, place, provider, abnormal] += 1
    return e


def is_abnormal(obx: list[str]) -> bool:
    """Flagged, or a number outside the range beside it: "49 - 92", "[ < 0.21 ]", "20-40"."""
    within, value = obx[7].strip("[ ]"), obx[5]
    if obx[8] in ("H", "L") or not within or not value.replace(".", "").isdigit():
        return obx[8] in ("H", "L")
    if within.startswith("<"):
        return float(value) >= float(within.strip("< "))
    if within.startswith(">"):
        return float(value) <= float(within.strip("> "))
    low, high = within.split("-")
    return not float(low) <= float(value) <= float(high)


def is_critical(obx: list[str]) -> bool:
    is_creatinine = obx[3].split("^")[0] == CREATININE
    return obx[8] in ("HH", "LL") or (is_creatinine and float(obx[5].strip("<>") or 0) >= LIMIT)


def all_told() -> bool:
    """The last message is answered a moment before the last bell rings.

    What a listener that was killed had not told yet, the sweep tells; here there is no beat.
    """
    sweep()
    return not Outbox.objects.exists()


def compare(hospital: Hospital, expected: Expected) -> None:
    with scope(hospital=hospital.pk):
        wait_for(all_told, what="everybody is told")
        stays = Admission.objects.filter(discharged_at=None).values_list(
            "patient__number", "ward__code", "bed__number", "visit_number"
        )
        results = Event.objects.filter(kind__startswith="test_result").values_list(
            "kind", "patient__number", "ward__code", "provider__code", "data__abnormal"
        )
        assert Counter(stays) == expected.stays
        assert Counter(results) == expected.results
        admissions = Event.objects.filter(kind="patient.admitted").count()
        assert admissions == expected.stays.total() == Admission.objects.count()
        # In wards without anybody on duty nobody hears: there are no managers either.
        unheard = Event.objects.filter(kind="alert.unheard").count()
        critical = sum(n for key, n in expected.results.items() if "critical" in key[0])
        in_renal = sum(
            n for key, n in expected.results.items() if "critical" in key[0] and key[2] == RENAL
        )
        staffed = DutyPeriod.objects.exists()
        assert unheard == critical - (in_renal if staffed else 0)
        assert Event.objects.count() == admissions + expected.results.total() + unheard
        assert Result.objects.count() == expected.results.total()
        assert {*Patient.objects.values_list("number", flat=True)} == expected.patients
        assert {*Ward.objects.values_list("code", flat=True)} == expected.wards
        assert {*Bed.objects.values_list("ward__code", "number")} == expected.beds
        clinicians = User.objects.exclude(code="")
        assert {*clinicians.values_list("code", flat=True)} == expected.clinicians
        assert Counter(Hl7Message.objects.values_list("status", flat=True)) == expected.answers


@pytest.fixture
def hospital(transactional_db: None) -> Hospital:
    hospital = factories.create_hospital("Simulated Hospital")
    factories.create_feed(hospital, "SFAC", training="show")  # as the simulator marks it all
    factories.create_limit(hospital, CREATININE, high=LIMIT)
    return hospital


@pytest.fixture
def nurse(hospital: Hospital) -> User:
    """On duty in a ward of the feed."""
    ward = factories.create_ward(hospital, "Renal Ward", code=RENAL)
    nurse = factories.create_user(hospital)
    factories.create_duty(nurse, ward)
    return nurse


def compare_bell(nurse: User, expected: Expected) -> None:
    """Told once of each admission and critical result there, in the order they came."""
    stays = sum(n for (_, ward, _, _), n in expected.stays.items() if ward == RENAL)
    critical = sum(
        n
        for (kind, _, ward, _, _), n in expected.results.items()
        if (kind, ward) == ("test_result.critical", RENAL)
    )
    with scope(hospital=nurse.hospital_id):
        told = Notification.objects.filter(recipient=nurse).order_by("seq")
        seqs, event_ids = zip(*told.values_list("seq", "event_id"), strict=True)
    assert stays
    assert len(event_ids) == stays + critical
    assert [*event_ids] == sorted({*event_ids})
    assert [*seqs] == [*range(1, len(seqs) + 1)]


@pytest.fixture
def listener(hospital: Hospital, start_process: Callable[..., Process]) -> Process:
    process = start_process("hl7", HL7_PORT=str(free_port()))
    wait_until_started(process, 1)
    return process


def wait_until_started(listener: Process, times: int) -> None:
    wait_for(lambda: listener.output.count("listening on") == times, 30, "the listener listens")


def test_the_whole_feed(
    hospital: Hospital, nurse: User, listener: Process, start_process: Callable[..., Process]
) -> None:
    expected = expected_of(messages(), RENAL)
    assert expected.answers == {"AA": 1010, "AE": 1, "AR": 2}
    assert 0 < sum(n for key, n in expected.results.items() if "critical" in key[0]) < 610
    for _ in range(2):  # the second time everything is known, and nothing happens again
        player = start_process(
            f"python manage.py hl7_send {FEED}", HL7_PORT=listener.env["HL7_PORT"]
        )
        wait_for(lambda: not player.running, 300, "the feed has been played")  # noqa: B023
        assert "1013 messages" in player.output
        assert "AA 1010, AE 1, AR 2, no answer 0" in player.output
        assert "2 × AR: message type MDM^T02 is not handled here" in player.output
        assert player.kill() == 0
        compare(hospital, expected)
        compare_bell(nurse, expected)


def test_killed_again_and_again_in_the_middle_nothing_is_lost_and_nothing_done_twice(
    hospital: Hospital, listener: Process
) -> None:
    """kill -9 at random moments; the sender does what senders do: again, until it is answered."""
    feed, moments = messages()[:250], random.Random(7)

    def kill_and_start() -> None:
        for starts in range(2, 8):
            time.sleep(moments.uniform(0.2, 0.8))
            listener.kill()
            listener.start()
            wait_until_started(listener, starts)

    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill_and_start)
        attempts = send_until_answered(feed, int(listener.env["HL7_PORT"]))
        killed.result(60)
    assert attempts > len(feed), "the kills did not hit anything"
    compare(hospital, expected_of(feed))


def send_until_answered(feed: list[str], port: int) -> int:
    """Sends each message until there is an answer; how many times it sent altogether."""
    attempts, sender, deadline = 0, None, time.monotonic() + 120
    for message in feed:
        while True:
            assert time.monotonic() < deadline, "the listener does not answer any more"
            try:
                sender = sender or Sender(port)
                attempts += 1
                sender.ask(message.encode())
                break
            except (OSError, EOFError):
                if sender:
                    sender.close()
                sender = None
                time.sleep(0.02)
    if sender:
        sender.close()
    return attempts

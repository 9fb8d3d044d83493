"""What goes wrong with a message, and what a good one costs."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import kinds, refused, send
from wards import events
from wards.feeds.refusals import Code, Rejected
from wards.hl7 import intake, mapping
from wards.hl7.header import read
from wards.hl7.intake import receive
from wards.models import Hl7Message

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "does not begin with MSH"),
        (b"\xff\xfe garbage \x1b[31m\x00", "does not begin with MSH"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "does not begin with MSH"),
        (b"MSH", "does not begin with MSH"),
        (b"FHS|^~\\&|\rBHS|^~\\&|\rMSH|^~\\&|A\r", "does not begin with MSH"),
        (b"MSH|^~\\&|PAS|RAWDAH", "MSH-10"),
        (hl7.admission(control_id=""), "MSH-10"),
        (hl7.admission(control_id="x" * 200), "MSH-10"),
        (hl7.admission(application="x" * 200), "MSH-3"),
        (hl7.admission(facility="x" * 200), "MSH-4"),
        (hl7.admission(version="9.9"), "9.9"),
        (hl7.admission(kind="ADT^A07"), "ADT^A07"),
        (hl7.admission(kind="MDM^T02"), "MDM^T02"),
    ],
)
def test_what_is_no_message_for_us_is_rejected_and_kept(
    floor: Cast, raw: bytes, words: str
) -> None:
    stored = refused(raw, "AR", words)
    assert stored.raw.replace("\ufffd", "\0") == raw.decode("latin-1").strip()
    assert not kinds()


def test_a_fault_of_ours_is_answered_and_tells_nothing_of_the_patient(
    floor: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    raw = hl7.admission()
    fault = ZeroDivisionError("Layla Haddad MRN-9")
    with patch.object(mapping, "apply", side_effect=fault):
        stored = refused(raw, "AE", "internal error, reference ")
    assert stored.reason.endswith(str(stored.pk))
    assert "ZeroDivisionError" in caplog.text
    for secret in ("Layla", "Haddad", "MRN-9"):
        assert secret not in caplog.text
        assert secret not in stored.reason
    assert send(raw) == "AA"


def test_a_broken_statement_does_not_undo_the_answer(floor: Cast) -> None:
    def broken(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select 1/0")

    with patch.object(mapping, "apply", broken):
        refused(hl7.admission(), "AE", "internal error")


def test_while_the_database_is_away_there_is_no_answer(floor: Cast) -> None:
    raw = hl7.admission()
    with (
        patch.object(mapping, "apply", side_effect=OperationalError("gone")),
        pytest.raises(intake.DATABASE_AWAY),
    ):
        receive(raw)
    assert not Hl7Message.objects.exists()
    assert send(raw) == "AA"


def test_what_is_not_worth_reading_is_stored_with_its_reason(floor: Cast) -> None:
    refusal = Rejected(Code.DATA_TYPE_ERROR, "message too large")
    code, reason = hl7.answer(receive(hl7.admission(control_id="5"), refusal))
    assert (code, reason) == ("AR", "message too large")
    assert Hl7Message.objects.get(control_id="5").status == "AR"
    assert send(hl7.admission(control_id="5")) == "AA"  # a smaller one


@pytest.mark.usefixtures("floor")
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=100).map(lambda noise: b"MSH|^~\\&|" + noise),
        st.tuples(
            st.sampled_from([hl7.admission(), hl7.result(hl7.obx("1", "HH"), hl7.obx(type="SN"))]),
            st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=6)), max_size=8),
        ).map(lambda base_and_edits: edited(*base_and_edits)),
    )
)
def test_any_bytes_get_an_answer_that_can_be_read(raw: bytes) -> None:
    acknowledgement = receive(raw).decode(read(raw)[0].codec)  # whoever writes UTF-16 reads it
    assert acknowledgement.startswith("MSH")
    separator = acknowledgement[3]
    msa = acknowledgement.split("\r")[1].split(separator)
    assert msa[0] == "MSA"
    assert msa[1] in ("AA", "AE", "AR")
    assert msa[1] == "AA" or msa[3]
    assert "internal error" not in acknowledgement
    assert not {*acknowledgement} & {"\x0b", "\x1c"}
    assert acknowledgement.endswith("\r")


def edited(raw: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    """The message with some bytes overwritten."""
    for place, noise in edits:
        raw = raw[:place] + noise + raw[place + len(noise) :]
    return raw


def statements(raw: bytes) -> tuple[int, int]:
    """What a message takes, `BEGIN` and `COMMIT` included: its own, and those of telling."""
    with CaptureQueriesContext(connection) as own, events.gathering() as ids:
        assert send(raw) == "AA"
    with CaptureQueriesContext(connection) as telling:
        events.tell(ids)
    return len(own), len(telling)


def test_statements_of_a_message(floor: Cast) -> None:
    """In a process that has seen the feed, its wards and clinicians before."""
    for warm in (hl7.admission(), hl7.result(), hl7.admission(), hl7.result()):
        assert send(warm) == "AA"
    result = hl7.result(*[hl7.obx(str(value), "H") for value in range(40)])
    own, telling = statements(result)
    assert own == 8
    assert telling <= 11
    own, telling = statements(order("F-1"))
    assert own == 8
    own, telling = statements(order("F-1", value="5.9", status="C"))  # the next version
    assert own == 8
    own, telling = statements(hl7.admission(number="MRN-1", place="CARD^^C-02"))
    assert own <= 13  # a number and details of a patient who was known by less
    assert telling <= 10  # the ledger of consent is asked, too
    new = {"number": "MRN-77", "name": "Amari^Nour", "visit": "V77", "place": "CARD"}
    assert statements(hl7.admission(**new))[0] <= 14
    assert statements(hl7.admission()) <= (6, 0)  # a visit that is known: nobody is told
    assert statements(hl7.moved("A03", visit="V1"))[0] <= 13


def order(filler: str, value: str = "4.1", status: str = "F") -> bytes:
    """A result under the filler's and the placer's number."""
    return hl7.message(
        hl7.header("ORU^R01"),
        hl7.pid(),
        hl7.pv1(),
        f"OBR|1|P{filler}|{filler}|us-3^Urea and electrolytes{'|' * 21}{status}",
        hl7.obx(value, status=status),
    )


def test_statements_of_telling_what_has_gathered(floor: Cast) -> None:
    """As many for twenty results as for one."""
    assert send(hl7.admission()) == "AA"
    with events.gathering() as ids:
        for _ in range(20):
            assert send(hl7.result(hl7.obx("900", "HH"))) == "AA"
    with CaptureQueriesContext(connection) as telling:
        events.tell(ids)
    assert len(ids) == 20
    assert len(telling) <= 12


def test_a_repeated_message_costs_little(
    floor: Cast, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for raw in (hl7.result(), hl7.result()):  # the first one also teaches us the clinician's code
        assert send(raw) == "AA"
    with django_assert_max_num_queries(3):  # type: ignore[attr-defined]
        assert send(raw) == "AA"

"""The player: reading files, new ids, and what it says of a listener that does not answer."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.local.redis import free_port
from tests.wards.hl7 import messages as hl7
from wards.hl7.client import Answer, answer_in, messages_in, with_new_ids
from wards.hl7.framing import framed
from wards.hl7.header import read

FIRST, SECOND = hl7.admission(), hl7.result()


@pytest.mark.parametrize(
    "data",
    [
        framed(FIRST) + framed(SECOND),
        FIRST + SECOND,
        FIRST + b"\n\n" + SECOND + b"\n\n",
        b"\r\n" + FIRST + b"\r\n\r\n" + SECOND,
        FIRST.replace(b"\r", b"\n") + b"\n" + SECOND,
    ],
)
def test_messages_in_files_of_any_kind(data: bytes) -> None:
    found = [message.replace(b"\n", b"\r").rstrip() for message in messages_in(data)]
    assert found == [FIRST.rstrip(), SECOND.rstrip()]


def test_msh_in_a_text_does_not_begin_a_message() -> None:
    raw = hl7.result(hl7.obx("see MSH|"))
    assert len(messages_in(raw)) == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PID|1"])
def test_no_messages(data: bytes) -> None:
    assert messages_in(data) == []


def test_new_ids() -> None:
    old = hl7.admission(control_id="7", visit="V1^^^PAS")
    new = with_new_ids(old, "-x1")
    assert read(new)[0].control_id == "7-x1"
    assert b"|V1-x1^^^PAS|" in new
    assert new.replace(b"-x1", b"") == old


def test_what_an_acknowledgement_says() -> None:
    acknowledgement = b"MSH|^~\\&|A|B|C|D|1||ACK|9|P|2.3\rMSA|AR|7|type MDM\\S\\T02\rERR|x\r"
    assert answer_in(acknowledgement) == Answer("AR", "type MDM^T02")
    assert answer_in(b"garbage").code == ""


def test_nobody_listens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "feed.hl7"
    file.write_bytes(FIRST + SECOND)
    with pytest.raises(SystemExit) as ended:
        call_command("hl7_send", file, port=free_port())
    assert ended.value.code == 1
    assert "2 messages" in (output := capsys.readouterr().out)
    assert "no answer 2" in output


def test_nothing_to_send(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("hl7_send", tmp_path / "missing.hl7")
    (tmp_path / "empty.hl7").write_bytes(b"")
    with pytest.raises(CommandError, match="no HL7 message"):
        call_command("hl7_send", tmp_path / "empty.hl7")

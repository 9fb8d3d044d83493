"""Lines: which of a message's are segments, and which belong to the text before them.

A line that begins like a segment is one, indented or in lower case, too, and so is a known name
alone on its line: trailing separators may be left out. Any other line is the rest of a text where
it follows one. What could be either is refused, with its number: a segment that ended up in the
field before would take a value with it, and its flag.
"""

import re
from functools import lru_cache

from wards.feeds.refusals import Code, Failed, Rejected
from wards.hl7.header import Separators

# Of all versions of the standard.
KNOWN = frozenset(
    """
    ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS BTX BUI CDM CDO
    CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI CTR DB1 DEV DG1 DMI DON DPS DRG DSC DSP DST ECD ECR
    EDU EQL EQP EQU ERQ ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GT1 HXX IAM IAR IIM ILT IN1 IN2 IN3 INV
    IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA MSH NCK NDS NK1 NPU NSC
    NST NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC ORC ORG ORO OVR PAC PCE
    PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS PTH PV1 PV2 PYE
    QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC RXD RXE RXG RXO RXR
    RXV SAC SCD SCH SCP SDD SFT SGH SGT SHP SID SLT SPM SPR STF STZ SUR TCC TCD TQ1 TQ2 TXA UAC UB1
    UB2 URD URS VAR VND VTQ
    """.split()  # noqa: SIM905
)
ORDINARY = KNOWN - {"ADD"}
# A separator costs some 100 bytes once its field is read. A real message with 1,000 results has
# some 20,000.
MAX_SEPARATORS = 100_000
# Segments of which something is read; a stray line after any other does no harm.
READ = frozenset("MSH EVN PID PD1 PV1 PV2 MRG ORC OBR OBX NTE SCH TQ1 AIS AIP AIG".split())  # noqa: SIM905
TEXTS = {"OBX": 5, "NTE": 3}  # fields that a text of several lines may stand in
_BLANK = " \t\x0b\x0c\x00\x1a\x1c\xa0\ufeff\ufffd\u200b\u200e\u200f\u202a\u202b\u202c"
_TAIL = "\x00\x1a\x1c\ufffd"  # what some senders end a message with
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2}", re.ASCII)
_LIKE_A_NAME = re.compile(r"\W?[A-Za-z0-9]{1,4}\W?", re.ASCII)


def lines(text: str, separators: Separators) -> list[tuple[str, str]]:
    """The segments: name and whole line, continued by what belongs to it.

    Raises Rejected for what is not worth taking apart, Failed for a line that could be anything.
    """
    if sum(map(text.count, set(separators))) > MAX_SEPARATORS:
        raise Rejected(Code.DATA_TYPE_ERROR, f"more than {MAX_SEPARATORS:,} fields in one message")
    found: list[_Open] = []
    separator = separators.field
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[3:4] == separator and line[:3] in ORDINARY:  # as almost all are
            found.append(_opened(line[:3], line, number, separator))
            continue
        stripped = line.strip(_BLANK)
        last = found[-1] if found else None
        if not stripped:
            if last:
                last.add("\n", separator)
            continue
        name = _segment_of(line, stripped, separator)
        text = line.lstrip(_BLANK).rstrip(_TAIL)
        if name == "ADD" and last and last.name != "MSH":
            last.add(text[4:], separator)
        elif name and name != "ADD" and _is_certain(name, stripped, last):
            found.append(_opened(name, text, number, separator))
        elif not _continued(last, line, stripped, separator):
            reason = f"line {number} is no segment, and no text that goes on"
            raise Failed(Code.SEGMENT_SEQUENCE_ERROR, reason)
    return [(segment.name, segment.text) for segment in found]


@lru_cache(maxsize=16)
def _second_segment(separator: str) -> re.Pattern[str]:
    """A name with its set id, and of OBX its type: what a text with such a word in it has not."""
    mark = re.escape(separator)
    others = rf"\s(?:PID|PV1|ORC|OBR|NTE){mark}\d+{mark}"
    return re.compile(rf"OBX *{mark}\d*{mark}[A-Z]{{2,3}}{mark}|{others}")


class _Open:
    """A segment that may still go on."""

    __slots__ = ("_count", "_parts", "name")

    def __init__(self, name: str, line: str, separator: str) -> None:
        self.name, self._parts = name, [line]
        self._count = line.count(separator) if name in TEXTS else -1

    def add(self, part: str, separator: str) -> None:
        self._parts.append(part)
        if self._count >= 0:
            self._count += part.count(separator)

    @property
    def may_go_on(self) -> bool:
        """Whether it ends in a text so far."""
        return self._count == TEXTS.get(self.name)

    @property
    def text(self) -> str:
        return "".join(self._parts).rstrip("\n") if len(self._parts) > 1 else self._parts[0]


def _opened(name: str, text: str, number: int, separator: str) -> _Open:
    """Raises Failed for a segment with another one in it: a line end got lost between them."""
    if name in READ and _second_segment(separator).search(text, 4):
        raise Failed(Code.SEGMENT_SEQUENCE_ERROR, f"line {number} has a second segment in it")
    return _Open(name, text, separator)


def _segment_of(line: str, stripped: str, separator: str) -> str:
    """The name of the segment that a line is; "" where it is none."""
    head, follows, _ = stripped.partition(separator)
    name = head.rstrip()
    if not _NAME.fullmatch(name):
        return ""
    if not follows:
        return name if name in KNOWN or name[0] == "Z" else ""
    name = name.upper()
    if name in KNOWN or name[0] == "Z" or line.startswith(name):  # or a sender's own
        return name
    return ""


def _is_certain(name: str, stripped: str, last: _Open | None) -> bool:
    """Whether a line is a segment even where it follows a text."""
    if name in KNOWN or last is None or not last.may_go_on:
        return True
    return name[0] == "Z" and len(stripped) > len(name)


def _continued(last: _Open | None, line: str, stripped: str, separator: str) -> bool:
    """Adds a line to the text before it; False where it may be something else."""
    head, follows, _ = stripped.partition(separator)
    if last is None or (follows and _LIKE_A_NAME.fullmatch(head.strip())):
        return False
    if last.may_go_on:
        last.add("\n" + line, separator)
        return True
    return last.name not in READ

"""Observations as a laboratory sent them (OBX), before anybody says what they mean."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One triplet of a coded element (CE, CWE): code, text, coding system."""

    value: str
    text: str = ""
    system: str = ""


@dataclass(frozen=True)
class Observation:
    """One OBX segment, nothing in it changed.

    Repetitions of OBX-5 are joined by a line break, `~` or `;`: each is read on its own.
    """

    codes: tuple[Code, ...]  # OBX-3: the first triplet and the alternate one, those that are there
    sub_id: str = ""  # OBX-4
    type: str = ""  # OBX-2: NM SN ST CWE CE TX FT ED RP ...
    value: str = ""  # OBX-5 as people read it
    unit: str = ""  # OBX-6, its code, else its text
    range: str = ""  # OBX-7
    flags: tuple[str, ...] = ()  # OBX-8, all repetitions
    status: str = ""  # OBX-11; empty: that of the report (OBR-25)

    @property
    def code(self) -> str:
        """The first code there is."""
        return next((code.value for code in self.codes if code.value), "")

    @property
    def name(self) -> str:
        """The text of the first triplet that has one, else the code."""
        return next((code.text for code in self.codes if code.text), self.code)

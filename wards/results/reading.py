"""Reading one value: its numbers, its range, its words, and everything that speaks about it."""

from collections.abc import Iterator
from functools import cached_property

from wards.results import flags, numbers, ranges, units, words
from wards.results.meanings import Basis, Finding, Interpretation, Verdict, worst
from wards.results.numbers import Number, Span
from wards.results.observations import Observation
from wards.results.ranges import Range, Side
from wards.results.rules import Rules
from wards.results.writing import each, folded

DOCUMENTS, TEXTS = ("ED", "RP"), ("TX", "FT")
_CODED = ("CE", "CWE", "CNE", "NM", "SN")
_SILENT_REMARKS = each("repeat repeated rechecked recheck verified confirmed checked calculated")
_METER_WORDS = each("hi lo high low hh ll critical panic")  # "HI": beyond what a meter measures
_FEW_WORDS = 3  # in a text of no more these may be a finding: "No parasites detected"
_LONGEST_READING = 40


class Reading:
    """One value being read, by a hospital's rules."""

    def __init__(self, observation: Observation, rules: Rules) -> None:
        self.observation, self.rules = observation, rules
        self.kind = observation.type.strip().upper()
        self.value = observation.value.strip(' "\t\r\n')
        self.flagged = flags.assess(observation.flags, rules.flag_table)
        self.limits = rules.limits_of(observation)
        self.range: Range | None = None
        if self.kind not in DOCUMENTS:
            self.range = ranges.parse(observation.range, observation.unit)
        self.answer = words.of_code(self.value)
        every = () if self.answer else numbers.read(self.value, self.kind, observation.unit)
        self.numbers = [n for n in every if n and n.at(numbers.POINT) is not None]
        self.is_whole = bool(every) and len(self.numbers) == len(every)

    def verdict(self) -> Verdict:
        """What the most dangerous of all findings says."""
        within, findings = self._by_range()
        findings += [*self.flagged.findings, *self._remarked(), *self._by_limit()]
        if self.flagged.says_normal and not self.value:
            findings.append(_open(Basis.NONE, "flag N, but no value"))
        if within and not findings:
            change = _open(Basis.FLAG, "within the range given, with a change by its flag")
            inside = Finding(Interpretation.NORMAL, Basis.RANGE, "within the range given")
            findings.append(change if self.flagged.says_change else inside)
        chosen = self._chosen(findings)
        return Verdict(
            chosen.interpretation,
            chosen.basis,
            chosen.reason,
            within_range=within,
            flagged_normal=self.flagged.says_normal,
            readings=self._readings(),
        )

    def _chosen(self, findings: list[Finding]) -> Finding:
        if findings:
            said = worst([finding.interpretation for finding in findings])
            return next(finding for finding in findings if finding.interpretation is said)
        if self.is_narrative:
            return Finding(Interpretation.NARRATIVE, Basis.TEXT, "narrative")
        if not self.value:
            return _open(Basis.NONE, "no value")
        why = "nothing to compare the number with" if self.numbers else "neither flag nor number"
        return _open(Basis.NONE, why)

    # Numbers

    @cached_property
    def conventions(self) -> tuple[str, ...]:
        """The signs that may be the decimal point.

        By the standard it is the point in NM and SN. A comma in one, or in the range, shows a
        sender who does not keep to it.
        """
        if self.rules.decimal in (numbers.POINT, numbers.COMMA):
            return (self.rules.decimal,)
        commas = any(sign in self.value + self.observation.range for sign in ",،，")
        if self.kind in ("NM", "SN") and not commas:
            return (numbers.POINT,)
        return (numbers.POINT, numbers.COMMA)

    def _spans(self) -> Iterator[tuple[Number, Span, str]]:
        for number in self.numbers:
            for convention in self.conventions:
                if span := number.at(convention):
                    yield number, span, convention

    def _readings(self) -> tuple[str, ...]:
        for number in self.numbers:
            spans = (number.at(convention) for convention in self.conventions)
            several = dict.fromkeys(str(span)[:_LONGEST_READING] for span in spans if span)
            if len(several) > 1:
                return tuple(several)
        return ()

    @cached_property
    def is_sure(self) -> bool:
        """Whether every number was read whole, with nothing in doubt around it.

        What is not sure can still be dangerous, but never harmless.
        """
        return self.is_whole and all(
            number.is_exact and all(map(self._is_harmless, (number.before, *number.remarks)))
            for number in self.numbers
        )

    def _is_harmless(self, remark: str) -> bool:
        """Whether a remark leaves a number what it is: none, a check, or a flag, which counts."""
        silent = not remark or remark in _SILENT_REMARKS
        return silent or flags.is_known(remark, self.rules.flag_table)

    def _remarked(self) -> list[Finding]:
        """Flags written into the value: `310 H`, `6.9*`, `HI`. An N there is not the flag N."""
        own = self.rules.flag_table
        said = [r for n in self.numbers for r in (n.before, *n.remarks) if r]
        if len(self.value) <= words.LONGEST and folded(self.value) in _METER_WORDS:
            said.append(self.value)
        found = [flags.look_up(r, own) for r in said if flags.is_known(r, own)]
        return [f for f in found if f and f.interpretation is not Interpretation.NORMAL]

    def _by_limit(self) -> list[Finding]:
        """Critical at or beyond a limit. One that could not be compared leaves the value open."""
        if not self.limits or not self.value or (self.is_narrative and not self.numbers):
            return []
        compared = doubtful = False
        for number, span, _ in self._spans():
            for limit in self.limits:
                if not self._is_in(number, limit.unit):
                    continue
                compared = True
                side = limit.side(span)
                if side is Side.OUTSIDE:
                    reached = "at or beyond the hospital's limit"
                    return [Finding(Interpretation.CRITICAL, Basis.LIMIT, reached)]
                doubtful |= side is Side.UNKNOWN
        if compared and not doubtful and self.is_whole:
            return []
        return [_open(Basis.LIMIT, "the hospital's limit could not be compared")]

    def _is_in(self, number: Number, unit: str) -> bool:
        """Whether the value may be in this unit: it is, or nobody says in which it is."""
        said = [one for one in (self.observation.unit.strip(), number.unit) if one]
        return not unit.strip() or not said or any(units.same(one, unit) for one in said)

    # The range

    def _by_range(self) -> tuple[bool, list[Finding]]:
        """Whether the value was read whole and lies inside; and what speaks against that."""
        if not self.range:
            return False, self._by_words()
        if self.range.words:
            return self._by_range_words(self.range.words)
        sides = [self._side(self.range, *reading) for reading in self._spans()]
        if Side.OUTSIDE in sides:
            return False, [_abnormal(Basis.RANGE, "outside the range given")]
        return set(sides) == {Side.INSIDE} and self.is_sure, self._by_words()

    def _side(self, found: Range, number: Number, span: Span, convention: str) -> Side:
        in_unit = not found.unit or self._is_in(number, found.unit)
        if not in_unit or found.is_titre is not number.is_titre:
            return Side.UNKNOWN
        return found.side(span, convention, self.rules.sex)

    def _by_range_words(self, expected: str) -> tuple[bool, list[Finding]]:
        """A range of words holds the same words, and not what is clearly the opposite."""
        if self.value and words.canonical(self.value) == expected:
            return True, []
        if {self.polarity, words.polarity(expected)} == set(words.Polarity):
            return False, [_abnormal(Basis.RANGE, "the opposite of the range given")]
        return False, self._by_words()

    # Words

    def _by_words(self) -> list[Finding]:
        """What was found is abnormal, unless flag N says that it belongs there (Rh positive)."""
        found = self.polarity is words.Polarity.POSITIVE and not self.flagged.says_normal
        return [_abnormal(Basis.TEXT, "found, by its words")] if found else []

    @cached_property
    def polarity(self) -> words.Polarity | None:
        """What the words of the value say; None for numbers and narratives."""
        if self.answer or self.is_narrative or (self.numbers and self.is_sure):
            return self.answer
        return words.polarity(self.value)

    @cached_property
    def is_narrative(self) -> bool:
        """A document, a report or a line of one, a long text: for people to read.

        Not where there is something to measure it by: then it is a value that could not be read.
        """
        if self.kind in DOCUMENTS:
            return True
        measured = self.observation.unit or self.range or self.limits
        if not self.value or measured or (self.numbers and self.is_sure):
            return False
        if len(self.value) > words.LONGEST:
            return self.kind not in _CODED
        return self.kind in TEXTS and not self._is_short_finding()

    def _is_short_finding(self) -> bool:
        every = self.value.split()
        beginning = every if len(every) <= _FEW_WORDS else every[:2]
        return words.polarity(" ".join(beginning)) is not None


def _open(basis: Basis, reason: str) -> Finding:
    return Finding(Interpretation.NOT_INTERPRETED, basis, reason)


def _abnormal(basis: Basis, reason: str) -> Finding:
    return Finding(Interpretation.ABNORMAL, basis, reason)

"""What is to be said of a template while it is written: mistakes, length, and how it will read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import rendering
from messaging import sms_parts as segments
from messaging.channels import Channel
from messaging.rendering import foreign, placeholders
from wards.models import Hospital, Language

MOST_PARTS = 10  # what networks still join
MANY_PARTS = 3
LONGEST_WHATSAPP = 1_600  # characters
ALIKE = 0.7  # of two names: what one mistypes; "clinic" is no "link"

WORDS = ("subject_en", "body_en", "subject_ar", "body_ar")
OTHER = {"en": "ar", "ar": "en"}


@dataclass(frozen=True)
class Finding:
    """Something about a field; an error keeps the template from being saved.

    Where a name is close to one that is known, `wrong` is to be replaced by `right`.
    """

    field: str  # "body_ar"; empty: about the whole
    tone: str  # "error" or "warning"
    text: str
    wrong: str = ""
    right: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch of a preview: the template's own words, or what stands for a placeholder."""

    text: str
    filled: bool


@dataclass
class Draft:
    """The words of a template in both languages, on their way to be saved.

    Only an e-mail has subjects: those of other channels are dropped.
    """

    hospital: Hospital
    code: str
    channel: str
    subject_en: str = ""
    body_en: str = ""
    subject_ar: str = ""
    body_ar: str = ""

    def __post_init__(self) -> None:
        if self.channel != Channel.EMAIL:
            self.subject_en = self.subject_ar = ""

    @cached_property
    def sides(self) -> dict[str, "Side"]:
        """Both languages."""
        return {language: Side(self, language) for language in Language.values}

    @cached_property
    def findings(self) -> list[Finding]:
        """Everything there is to say, errors first."""
        found = [each for side in self.sides.values() for each in side.findings]
        if not self.body_en and not self.body_ar:
            found.append(Finding("", "error", _("Write the text in one language at least.")))
        return sorted(found, key=lambda finding: finding.tone != "error")

    @property
    def errors(self) -> list[Finding]:
        """What keeps it from being saved."""
        return [finding for finding in self.findings if finding.tone == "error"]

    @property
    def variables(self) -> list[str]:
        """All placeholders of valid words, each once."""
        texts = (self.subject_en, self.body_en, self.subject_ar, self.body_ar)
        return list(
            dict.fromkeys(name for text in texts for name in rendering.placeholders_in(text))
        )


@dataclass
class Side:
    """One language of a draft."""

    draft: Draft
    language: str
    subject: str = field(init=False)
    body: str = field(init=False)

    def __post_init__(self) -> None:
        self.subject = getattr(self.draft, f"subject_{self.language}")
        self.body = getattr(self.draft, f"body_{self.language}")

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """The placeholders of each field whose braces are right."""
        found = {}
        for name, text in (("subject", self.subject), ("body", self.body)):
            try:
                found[name] = rendering.placeholders_in(text)
            except rendering.BadTemplate:
                continue
        return found

    @property
    def is_sound(self) -> bool:
        """Whether subject and text can be rendered."""
        return len(self.names) == 2

    @cached_property
    def longest(self) -> str:
        """The text with the longest values that one has to expect."""
        if "body" not in self.names:
            return self.body
        values = placeholders.longest(self.draft.hospital, self.language)
        unknown = {name: f"{{{name}}}" for name in self.names["body"]}
        return rendering.render(self.body, self._readable(unknown | values))

    @cached_property
    def segments(self) -> segments.Segments:
        """What the longest text takes as SMS."""
        return segments.count(self.longest)

    @property
    def subject_pieces(self) -> list[Piece]:
        return self._pieces(self.subject)

    @property
    def body_pieces(self) -> list[Piece]:
        return self._pieces(self.body)

    @cached_property
    def meant(self) -> list[str]:
        """The placeholders, with what somebody mistyped as what they mean."""
        meant = {finding.wrong: finding.right for finding in self._unknown() if finding.right}
        return [meant.get(name, name) for names in self.names.values() for name in names]

    @cached_property
    def findings(self) -> list[Finding]:
        """What is to be said of this language."""
        rules = (self._bad_braces, self._foreign, self._unknown, self._unlike, self._indiscreet)
        return [finding for rule in (*rules, self._length) for finding in rule()]

    def _readable(self, values: dict[str, str]) -> Mapping[str, object]:
        return rendering.readable(values, self.language, self.draft.channel)

    def _pieces(self, text: str) -> list[Piece]:
        samples = placeholders.samples(self.draft.hospital, self.language)
        values = self._readable(samples)
        pieces = rendering.PLACEHOLDER.split(text)  # words and names in turn
        return [
            Piece(str(values.get(piece) or f"{{{piece}}}") if filled else piece, bool(filled))
            for number, piece in enumerate(pieces)
            for filled in [number % 2]
        ]

    def _bad_braces(self) -> Iterator[Finding]:
        for name, text in (("subject", self.subject), ("body", self.body)):
            try:
                rendering.placeholders_in(text)
            except rendering.BadTemplate as fault:
                yield Finding(f"{name}_{self.language}", "error", str(fault))
        if self.draft.channel == Channel.EMAIL and self.body and not self.subject:
            text = _("An e-mail needs a subject.")
            yield Finding(f"subject_{self.language}", "error", text)

    def _foreign(self) -> Iterator[Finding]:
        """What another system would fill, and nothing does here."""
        for place, text in (("subject", self.subject), ("body", self.body)):
            for found in foreign.find(text):
                words = _("“%(text)s” looks like a placeholder of another system.")
                if found.ours:
                    words = _(
                        "“%(text)s” looks like a placeholder of another system: here it is "
                        "{%(ours)s}."
                    )
                told = {"text": found.text, "ours": found.ours}
                yield Finding(f"{place}_{self.language}", "error", words % told)

    def _unknown(self) -> Iterator[Finding]:
        """Names that nothing fills: typing errors mostly."""
        brought = placeholders.brought_for(self.draft.code, self.draft.channel)
        known = placeholders.NAMES if brought is None else brought
        for place, names in self.names.items():
            for name in names:
                if name not in known:
                    yield _about_unknown(f"{place}_{self.language}", name, sorted(known), brought)

    def _unlike(self) -> Iterator[Finding]:
        """What the other language says and this one does not."""
        other = self.draft.sides[OTHER[self.language]]
        here = f"body_{self.language}"
        if self.body and other.body and self.is_sound and other.is_sound:
            for name in dict.fromkeys(other.meant):
                if name not in self.meant:
                    text = _("{%(name)s} is missing here; the other language has it.")
                    yield Finding(here, "warning", text % {"name": name})
        elif other.body and not self.body:
            yield Finding(here, "warning", _("Who reads this language gets the other one."))

    def _indiscreet(self) -> Iterator[Finding]:
        """A telephone on a table shows SMS and WhatsApp to everybody."""
        if self.draft.channel in (Channel.SMS, Channel.WHATSAPP):
            for name in placeholders.TELLING.intersection(self.names.get("body", ())):
                text = _("{%(name)s} may tell others why somebody is a patient: better by e-mail.")
                yield Finding(f"body_{self.language}", "warning", text % {"name": name})

    def _length(self) -> Iterator[Finding]:
        here = f"body_{self.language}"
        if self.draft.channel == Channel.WHATSAPP and len(self.longest) > LONGEST_WHATSAPP:
            text = _("WhatsApp takes %(most)s characters; with the longest names, these are %(n)s.")
            yield Finding(
                here,
                "error",
                text % {"most": f"{LONGEST_WHATSAPP:,}", "n": f"{len(self.longest):,}"},
            )
        if self.draft.channel != Channel.SMS:
            return
        parts = self.segments.parts
        if parts > MOST_PARTS:
            text = _("Networks join at most %(most)s SMS; with the longest names, these are %(n)s.")
            yield Finding(here, "error", text % {"most": MOST_PARTS, "n": parts})
        elif dear := self._dear_characters():
            text = _("Because of “%(letters)s” it takes %(n)s SMS instead of %(least)s.")
            least = segments.count(_without(self.longest, dear)).parts
            letters = " ".join(dear[:5])
            yield Finding(here, "warning", text % {"letters": letters, "n": parts, "least": least})
        elif parts > MANY_PARTS:
            text = ngettext(
                "With the longest names it takes %(n)s SMS.",
                "With the longest names it takes %(n)s SMS.",
                parts,
            )
            yield Finding(here, "warning", text % {"n": parts})

    def _dear_characters(self) -> list[str]:
        """The few letters that make an English text dearer, where leaving them out would help."""
        if self.language != Language.ENGLISH:
            return []
        dear = segments.foreign(self.body)
        cheaper = segments.count(_without(self.longest, dear)).parts < self.segments.parts
        return dear if cheaper else []


def _about_unknown(
    field: str, name: str, known: list[str], brought: frozenset[str] | None
) -> Finding:
    """Where no rule asks for the template, a file may still bring a column of this name."""
    tone, right = "warning" if brought is None else "error", ""
    if name in placeholders.NAMES:
        text = _("{%(name)s} has no value in a message about this.")
    elif close := get_close_matches(name.lower(), known, n=1, cutoff=ALIKE):
        text, right = _("{%(name)s} is not known. Do you mean {%(right)s}?"), close[0]
    elif brought is None:
        text = _("{%(name)s} has a value only where a file has a column of this name.")
    else:
        text = _("{%(name)s} is not known.")
    return Finding(field, tone, text % {"name": name, "right": right}, name if right else "", right)


def _without(text: str, letters: list[str]) -> str:
    """The text with a plain letter for each of these."""
    return text.translate({ord(letter): "'" for letter in letters})

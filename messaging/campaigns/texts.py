"""What a bulk send says, made ready to be filled in a hundred thousand times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from messaging import rendering
from messaging.channels import Channel
from messaging.models import BulkSend, BulkVariant, Message, TemplateVersion
from messaging.rendering.drafts import Draft
from wards.base.refused import Refused
from wards.models import Language


@dataclass(frozen=True)
class Words:
    """A variant as somebody gives it: a template's code, or own words; its share in percent."""

    code: str = ""
    subject_en: str = ""
    body_en: str = ""
    subject_ar: str = ""
    body_ar: str = ""
    share: int = 100


class Filling(NamedTuple):
    """A text of one language on one channel, whose placeholders a mapping fills at C's speed."""

    version: int | None
    language: str
    channel: str
    subject: str  # as for the % operator
    body: str
    names: frozenset[str]

    def fill(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Subject and text. The values must have all `names`."""
        values = rendering.readable(values, self.language, self.channel)
        if not self.subject:
            return "", self.body % values
        subject = " ".join((self.subject % values).split())[: rendering.LONGEST_SUBJECT]
        return subject, self.body % values


Fillings = dict[tuple[int, str, str], Filling]  # by variant, channel and the reader's language


def fillings(bulk: BulkSend, variants: Iterable[BulkVariant]) -> Fillings:
    """The words of each variant on each channel for readers of each language.

    A channel without an active template of the code is absent. One query however many.
    """
    variants = list(variants)
    versions = templates(bulk.hospital_id, [variant.code for variant in variants])
    found: Fillings = {}
    for variant in variants:
        for channel in bulk.channels:
            words = versions.get((variant.code, channel)) if variant.code else of_variant(variant)
            if words is not None:
                for language in Language.values:
                    found[variant.number, channel, language] = _filling(words, channel, language)
    return found


def templates(hospital: int, codes: Sequence[str]) -> dict[tuple[str, str], TemplateVersion]:
    """The newest words of the active templates of these codes, by code and channel."""
    newest = (
        TemplateVersion.objects.filter(
            template__hospital=hospital,
            template__code__in=[code for code in codes if code],
            template__is_active=True,
            template__deleted_at=None,
        )
        .select_related("template")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    return {(version.template.code, version.template.channel): version for version in newest}


def of_message(message: Message, bulk: BulkSend) -> dict[tuple[int, str, str], TemplateVersion]:
    """The words for a message of a bulk send on each channel, by hospital, code and channel."""
    if message.code:
        found = templates(message.hospital_id, [message.code])
        return {(message.hospital_id, *key): version for key, version in found.items()}
    variant = bulk.variants.filter(number=message.variant).first()
    if variant is None:
        return {}
    return {(message.hospital_id, "", channel): of_variant(variant) for channel in bulk.channels}


def of_variant(variant: BulkVariant) -> TemplateVersion:
    """Own words as if they were a template's version; in no table."""
    return TemplateVersion(
        subject_en=variant.subject_en,
        body_en=variant.body_en,
        subject_ar=variant.subject_ar,
        body_ar=variant.body_ar,
    )


def check(bulk: BulkSend, variants: Sequence[BulkVariant], known: frozenset[str]) -> None:
    """Refused where the words cannot be sent to anybody of this audience.

    `known`: the placeholders that the audience brings.
    """
    if not 1 <= len(variants) <= 2:
        raise Refused(_("Give one text, or two to compare."))
    if sum(variant.share for variant in variants) != 100 or min(v.share for v in variants) < 1:
        raise Refused(_("The shares of the variants must make 100 %."))
    for variant in variants:
        if not variant.code:
            _check_own(bulk, variant)
    words = fillings(bulk, variants)
    for variant in variants:
        mine = [filling for (number, *_rest), filling in words.items() if number == variant.number]
        if not mine:
            raise Refused(
                _("There is no active template “%(code)s” for these channels.")
                % {"code": variant.code}
            )
        if unknown := sorted({name for filling in mine for name in filling.names} - known):
            raise Refused(
                _("{%(name)s} has no value for these recipients.")
                % {"name": "}, {".join(unknown[:5])}
            )


def _check_own(bulk: BulkSend, variant: BulkVariant) -> None:
    """As a template of each channel is checked, but for names that a file may bring."""
    words = {
        name: getattr(variant, name) for name in ("subject_en", "body_en", "subject_ar", "body_ar")
    }
    for channel in bulk.channels:
        draft = Draft(bulk.hospital, "", channel, **words)
        if draft.errors:
            raise Refused(draft.errors[0].text)


def _filling(version: TemplateVersion, channel: str, language: str) -> Filling:
    spoken = rendering.spoken_language(version, language)
    subject = getattr(version, f"subject_{spoken}") if channel == Channel.EMAIL else ""
    body = getattr(version, f"body_{spoken}")
    names = frozenset([*rendering.placeholders_in(subject), *rendering.placeholders_in(body)])
    return Filling(version.pk, spoken, channel, _percent(subject), _percent(body), names)


def _percent(text: str) -> str:
    return rendering.PLACEHOLDER.sub(r"%(\1)s", text.replace("%", "%%"))

"""What a bulk send says, made ready to be filled in a hundred thousand times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging import rendering
from messaging.models import Campaign, CampaignVariant, Message, TemplateVersion
from messaging.rendering import Text, newest
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


Texts = dict[tuple[int, str, str], Text]  # by variant, channel and the reader's language


def texts(campaign: Campaign, variants: Iterable[CampaignVariant]) -> Texts:
    """The words of each variant on each channel for readers of each language.

    A channel without an active template of the code is absent. One query however many.
    """
    variants = list(variants)
    versions = newest((campaign.hospital_id, variant.code) for variant in variants)
    found: Texts = {}
    for variant in variants:
        for channel in campaign.channels:
            of_template = versions.get((campaign.hospital_id, variant.code, channel))
            words = of_template if variant.code else of_variant(variant)
            if words is not None:
                for language in Language.values:
                    found[variant.number, channel, language] = rendering.text(
                        words, channel, language
                    )
    return found


def of_message(message: Message, campaign: Campaign) -> dict[str, TemplateVersion]:
    """The words for a message of a bulk send, by channel."""
    if message.code:
        found = newest([(message.hospital_id, message.code)])
        return {channel: version for (_, _, channel), version in found.items()}
    variant = campaign.variants.filter(number=message.variant).first()
    return dict.fromkeys(campaign.channels, of_variant(variant)) if variant else {}


def of_variant(variant: CampaignVariant) -> TemplateVersion:
    """Own words as if they were a template's version; in no table."""
    return TemplateVersion(
        subject_en=variant.subject_en,
        body_en=variant.body_en,
        subject_ar=variant.subject_ar,
        body_ar=variant.body_ar,
    )


def check(campaign: Campaign, variants: Sequence[CampaignVariant], known: frozenset[str]) -> None:
    """Refused where the words cannot be sent to anybody of this audience.

    `known`: the placeholders that the audience brings.
    """
    if not 1 <= len(variants) <= 2:
        raise Refused(_("Give one text, or two to compare."))
    if sum(variant.share for variant in variants) != 100 or min(v.share for v in variants) < 1:
        raise Refused(_("The shares of the variants must make 100 %."))
    for variant in variants:
        if not variant.code:
            _check_own(campaign, variant)
    words = texts(campaign, variants)
    for variant in variants:
        mine = [text for (number, *_rest), text in words.items() if number == variant.number]
        if not mine:
            raise Refused(
                _("There is no active template “%(code)s” for these channels.")
                % {"code": variant.code}
            )
        names = {name for text in mine for name in text.names}
        if unknown := sorted(name for name in names if not _is_known(campaign, name, known)):
            raise Refused(
                _("{%(name)s} has no value for these recipients.")
                % {"name": "}, {".join(unknown[:5])}
            )


def _is_known(campaign: Campaign, name: str, known: frozenset[str]) -> bool:
    """Whether there are values for it; a file's column is meant however it is spelled."""
    listed = campaign.audience in (Campaign.Audience.LIST, Campaign.Audience.FILE)
    return name in known or (listed and name.lower() in known)


def _check_own(campaign: Campaign, variant: CampaignVariant) -> None:
    """As a template of each channel is checked, but for names that a file may bring."""
    words = {
        name: getattr(variant, name) for name in ("subject_en", "body_en", "subject_ar", "body_ar")
    }
    for channel in campaign.channels:
        draft = Draft(campaign.hospital, "", channel, **words)
        if draft.errors:
            raise Refused(draft.errors[0].text)

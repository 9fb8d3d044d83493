"""How the words of a bulk send will read, and what is to be said of them while they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.models import MessageTemplate, TemplateVersion
from messaging.rendering.drafts import WORDS, Draft, Finding
from wards.models import Hospital, Language


@dataclass
class Said:
    """What is to be said of one language, whatever the channel."""

    findings: list[Finding]


@dataclass
class Reading:
    """One of the texts of a bulk send: a draft for each channel it goes out by.

    `editable`: own words, on which findings are of use; a template was judged when it was saved.
    """

    letter: str
    drafts: list[Draft]
    editable: bool

    @property
    def meter(self) -> Draft | None:
        """The draft whose length counts: that of the SMS, where there is one."""
        sms = [draft for draft in self.drafts if draft.channel == Channel.SMS]
        return next(iter([*sms, *self.drafts]), None)

    @cached_property
    def said(self) -> dict[str, Said]:
        """By language; what several channels have in common is said once."""
        found = dict.fromkeys(f for draft in self.drafts for f in draft.findings)
        return {
            language: Said([f for f in found if f.field.endswith(f"_{language}")])
            for language in Language.values
        }

    @cached_property
    def looks(self) -> list[Draft]:
        """The drafts to show: one for phones and one for mailboxes look alike enough."""
        phones = [draft for draft in self.drafts if draft.channel != Channel.EMAIL]
        mails = [draft for draft in self.drafts if draft.channel == Channel.EMAIL]
        return [draft for draft in [*phones[:1], *mails] if draft.body_en or draft.body_ar]


def of_templates(
    hospital: Hospital, codes: Sequence[str], channels: Sequence[str]
) -> dict[str, list[Draft]]:
    """The newest words of the active templates of each code, in the channels' order. One query."""
    rows = TemplateVersion.objects.filter(
        template__hospital=hospital,
        template__code__in=codes,
        template__channel__in=channels,
        template__is_active=True,
        template__deleted_at=None,
    )
    newest = rows.select_related("template").order_by("template_id", "-number")
    found: dict[str, list[Draft]] = {code: [] for code in codes}
    for version in newest.distinct("template_id"):
        found[version.template.code].append(_draft(hospital, version.template, version))
    order = [channel.value for channel in PATIENT_CHANNELS]
    for drafts in found.values():
        drafts.sort(key=lambda draft: order.index(draft.channel))
    return found


def _draft(hospital: Hospital, template: MessageTemplate, version: TemplateVersion) -> Draft:
    words = {name: getattr(version, name) for name in WORDS}
    return Draft(hospital, template.code, template.channel, **words)

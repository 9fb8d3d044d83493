"""Words with placeholders: `{patient_name}`, and nothing else between braces.

A placeholder is a plain name that is looked up among the values; there are no attributes, indexes,
conversions or formats, and no way to write a literal brace: `{{name}}`, which other systems want,
would reach patients as it stands. What a value brings along is never looked at again.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from messaging.channels import Channel
from messaging.models import Message, TemplateVersion
from wards.base import bidi
from wards.models import Language

LONGEST = 5_000  # characters of a text, before the values are put in
PIECE = re.compile(r"\{[^{}\n]*\}|[{}]")
PLACEHOLDER = re.compile(r"\{([^\W\d_]\w{0,59})\}")
LONGEST_SUBJECT: int = Message._meta.get_field("subject").max_length or 0


class BadTemplate(ValueError):
    """The text cannot be a template; the message is a sentence for whoever writes it."""


class Missing(ValueError):
    """Some placeholders have no value; `names` says which."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(_("No value for %(names)s.") % {"names": ", ".join(names)})
        self.names = names


def placeholders_in(text: str) -> list[str]:
    """The names of a text's placeholders, each once, in their order.

    Raises BadTemplate for any other use of braces, and for a text that is too long.
    """
    if len(text) > LONGEST:
        raise BadTemplate(
            _("At most %(most)s characters fit; these are %(length)s.")
            % {"most": f"{LONGEST:,}", "length": f"{len(text):,}"}
        )
    names = [_name(text, found) for found in PIECE.finditer(text)]
    return list(dict.fromkeys(names))


def render(text: str, values: Mapping[str, object]) -> str:
    """The text with its placeholders replaced.

    Raises Missing where a value is absent, None or empty, BadTemplate as `placeholders_in` does.
    """
    if missing := lacking(placeholders_in(text), values):
        raise Missing(missing)
    return _percent(text) % values


def lacking(names: Iterable[str], values: Mapping[str, object]) -> list[str]:
    """Which of these placeholders have no value."""
    return [name for name in names if values.get(name) in (None, "")]


class Text(NamedTuple):
    """What a template says in one language on one channel, ready to be filled any number of times.

    `version` is the id of the template's version; None where the words are in no template.
    """

    version: int | None
    language: str
    channel: str
    subject: str  # as for the % operator
    body: str
    names: tuple[str, ...]  # of the placeholders, each once

    def fill(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Subject and text. The values must have all `names`.

        The subject is one line that fits into `Message.subject`.
        """
        values = readable(values, self.language, self.channel)
        if not self.subject:
            return "", self.body % values
        subject = " ".join((self.subject % values).split())[:LONGEST_SUBJECT]
        return subject, self.body % values


def text(version: TemplateVersion, channel: str, language: str) -> Text:
    """The words for readers of `language`, or in the other one where it has none.

    Only an e-mail has a subject. Raises BadTemplate.
    """
    spoken = spoken_language(version, language)
    subject = getattr(version, f"subject_{spoken}") if channel == Channel.EMAIL else ""
    body = getattr(version, f"body_{spoken}")
    names = dict.fromkeys([*placeholders_in(subject), *placeholders_in(body)])
    return Text(version.pk, spoken, channel, _percent(subject), _percent(body), tuple(names))


def _percent(text: str) -> str:
    """As the % operator wants it, which fills it at C's speed."""
    return PLACEHOLDER.sub(r"%(\1)s", text.replace("%", "%%"))


def spoken_language(version: TemplateVersion, language: str) -> str:
    """The language that `text` finds words in."""
    if getattr(version, f"body_{language}"):
        return language
    return Language.ENGLISH if language == Language.ARABIC else Language.ARABIC


def readable(values: Mapping[str, object], language: str, channel: str) -> Mapping[str, object]:
    """The values as they go into a text of this language on this channel.

    In an e-mail each is isolated: in Arabic, "+966 11 555 0100" would be shown from its end to its
    beginning. On a phone nothing that cannot be seen is sent: it costs parts, and old ones show it.
    """
    if channel != Channel.EMAIL:
        return values
    return {name: bidi.isolated(str(value), language) for name, value in values.items()}


def _name(text: str, found: re.Match[str]) -> str:
    if placeholder := PLACEHOLDER.fullmatch(found[0]):
        return placeholder[1]
    line = text.count("\n", 0, found.start()) + 1
    if len(found[0]) > 1:
        sentence = _(
            "Line %(line)s: “%(piece)s” is no placeholder. One is a name of letters, digits and "
            "underscores, as {patient_name}."
        )
        piece = found[0][:40]
    else:
        sentence = _(
            "Line %(line)s: a brace stands alone at “%(piece)s”. Braces are for placeholders only, "
            "one on each side, as {patient_name}."
        )
        piece = text[found.start() :].split("\n", maxsplit=1)[0][:20]
    raise BadTemplate(sentence % {"line": line, "piece": piece})


Versions = dict[tuple[int, str, str], TemplateVersion]  # by hospital, code and channel


def newest(wanted: Iterable[tuple[int, str]]) -> Versions:
    """The newest words of the active templates of these hospitals and codes, in one query."""
    pairs = {(hospital, code) for hospital, code in wanted if code}
    if not pairs:
        return {}
    found = (
        TemplateVersion.objects.filter(
            template__hospital__in={hospital for hospital, _ in pairs},
            template__code__in={code for _, code in pairs},
            template__is_active=True,
            template__deleted_at=None,
        )
        .select_related("template")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    return {(v.template.hospital_id, v.template.code, v.template.channel): v for v in found}

"""An e-mail, made from plain text once for every way to send it."""

import re
from email.utils import formataddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from messaging.carriers.base import Outgoing

Line = list[tuple[str, bool]]  # (text, whether it is a link) after another


def build(message: Outgoing) -> EmailMultiAlternatives:
    """Text and HTML, from the hospital's name at `EMAIL_FROM`.

    Its Message-ID is the same for every attempt at a message, so that a mailbox that gets it twice
    can tell.
    """
    subject = " ".join(message.subject.split())  # a header has no lines
    headers = {
        "Message-ID": message_id(message.reference),
        "Auto-Submitted": "auto-generated",  # no holiday notes, please
        "Content-Language": message.language,
    }
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    with translation.override(message.language):
        stop = _("Stop these e-mails")
        mail = EmailMultiAlternatives(
            subject=subject,
            body=_text(message, stop),
            from_email=formataddr((" ".join(message.sender.split()), settings.EMAIL_FROM)),
            to=[message.to],
            headers=headers,
        )
        mail.attach_alternative(_html(message, subject, stop), "text/html")
    return mail


def message_id(reference: str) -> str:
    """The Message-ID of all attempts at the message that this is an attempt at."""
    domain = urlsplit(settings.PUBLIC_URL).hostname
    return f"<{reference.rpartition('-')[0] or reference}.message@{domain}>"


def _text(message: Outgoing, stop: str) -> str:
    if not message.unsubscribe_url:
        return message.body
    return f"{message.body}\n\n-- \n{stop}: {message.unsubscribe_url}\n"


def _html(message: Outgoing, subject: str, stop: str) -> str:
    rtl = translation.get_language_bidi()
    return render_to_string(
        "messaging/mail.htm",
        {
            "language": message.language,
            "direction": "rtl" if rtl else "ltr",
            "begin": "right" if rtl else "left",
            "subject": subject,
            "sender": message.sender,
            "paragraphs": _paragraphs(message.body),
            "unsubscribe_url": message.unsubscribe_url,
            "unsubscribe": stop,
        },
    )


def _paragraphs(body: str) -> list[list[Line]]:
    """Only our own addresses become links: what else looks like one may be a patient's “name”."""
    ours = re.compile(rf"({re.escape(settings.PUBLIC_URL)}/[^\s<>\"']*)")
    return [
        [
            [(text, index % 2 == 1) for index, text in enumerate(ours.split(line)) if text]
            for line in paragraph.splitlines()
        ]
        for paragraph in re.split(r"\n\s*\n", body.strip())
    ]

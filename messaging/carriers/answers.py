"""What carriers' codes mean, in words; those of the standards of HTTP and SMTP among them.

Sources: https://www.twilio.com/docs/api/errors,
https://docs.unifonic.com/docs/understanding-reasons-of-sms-non-delivery, RFC 5321, and
https://anymail.dev/en/stable/sending/tracking/ ("reject_reason").
"""

import re

from django.utils.translation import gettext_lazy as _

NO_SUCH_ADDRESS = _("There is no such number or mailbox.")
NOT_REACHED = _("The phone is off, out of reach, or the mailbox is full.")
BLOCKED = _("The recipient does not take messages from us.")
FILTERED = _("The carrier took the words for spam.")
LANDLINE = _("The number is a landline, which cannot take messages.")
TOO_MANY = _("Too many messages at once.")
OUT_OF_ORDER = _("The carrier is out of order.")
NO_WAY = _("The carrier could not be reached.")
OUR_ACCOUNT = _("Something is wrong with our account at the carrier.")
NO_ROUTE = _("The carrier does not send there.")
LAST_WORD = _("WhatsApp takes free words only within 24 hours of the patient's last message.")
LAST_CALL = _("The connection broke off before the carrier answered.")

WORDS = {
    NO_SUCH_ADDRESS: (
        *("invalid_recipient", "invalid_address", "unknown_subscriber", "invalid", "bounced"),
        *("21211", "21214", "21217", "21614", "30005", "63003", "63024", "ER-02", "ER-03", "ER-04"),
        *("550", "551", "553"),
    ),
    NOT_REACHED: ("unreachable", "timed_out", "30003", "450", "452", "552", "5.2.2"),
    BLOCKED: ("unsubscribed", "suppressed", "blocked", "21610", "30004", "63033"),
    FILTERED: ("spam", "30007", "ER-07", "5.7.1"),
    LANDLINE: ("30006", "21635"),
    TOO_MANY: ("too_many_requests", "14107", "20429", "21611", "30001", "429", "63018", "63038"),
    OUT_OF_ORDER: (
        "outage",
        "451",
        "500",
        "502",
        "503",
        "504",
        "404",
        "408",
        "413",
        "421",
        "garbage",
    ),
    NO_WAY: ("no_connection", "certificate"),
    LAST_CALL: ("connection_lost", "timeout"),
    OUR_ACCOUNT: (
        *("401", "402", "403", "407", "535", "unsupported_feature", "rejected", "ER-01", "ER-08"),
        *("20003", "20005", "21603", "21606", "21659", "21660", "30002", "30034", "63007", "63112"),
    ),
    NO_ROUTE: ("21408", "21612", "ER-05"),
    LAST_WORD: ("63016",),
}
MEANING = {code: words for words, codes in WORDS.items() for code in codes}


def in_words(code: str) -> str:
    """What the code says, and the code; "" where we do not know it."""
    words = MEANING.get(code) or MEANING.get(code.partition(" ")[0])  # "550 5.1.1"
    return f"{words} ({code})" if words else ""


# What codes say of the address, by carrier; the sources are those above. Nobody writes again to an
# address that said no, or to one that does not exist, until somebody or the address says otherwise.
SAYS_NO = {
    "twilio": {"21610"},  # "Attempt to send to unsubscribed recipient"
    "anymail": {"unsubscribed", "suppressed", "spam_report"},  # on the service's own list
    "sandbox": {"unsubscribed"},
}
# Any carrier's own words for it, as they come: "recipient opted out", "BLACKLISTED".
NO_IN_WORDS = re.compile(r"unsubscribed|opt(?:ed)?[ _-]?out|black[ _-]?list", re.IGNORECASE)
NO_SUCH = {
    # 21211, 21614: no (mobile) number; 30005: unknown destination; 30006: landline.
    "twilio": {"21211", "21217", "21614", "30005", "30006", "63024"},
    "unifonic": {"ER-02", "ER-03", "ER-04"},
    "anymail": {"bounced", "invalid"},
    "smtp": {"550", "551", "553"},
    "sandbox": {"gone"},
}
NO_MAILBOX = re.compile(r"55[013] 5\.[12]\.\d+")


def says_no(carrier: str, code: str) -> bool:
    """Whether the code means that the recipient has said no to us."""
    return code in SAYS_NO.get(carrier, ()) or bool(NO_IN_WORDS.search(code))


def says_gone(carrier: str, code: str) -> bool:
    """Whether the code means that there is no such number or mailbox."""
    return code in NO_SUCH.get(carrier, ()) or bool(NO_MAILBOX.fullmatch(code))

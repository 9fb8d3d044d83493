"""What people mean who answer: that nothing more shall come, or again, or that it is not them.

Carriers take whole messages of one word for STOP. People write "Stop please", add their signature,
or write in Arabic as their keyboard has it. What may be a no and is not understood holds the
address until somebody has read it; everything else is for people to read, and nothing more. Pure.
"""

import re
import unicodedata
from typing import NamedTuple

from wards.base import text as cleaning


class Meaning(NamedTuple):
    """What an answer says. `read`: somebody should; `holds`: and nothing goes there before."""

    no: bool = False
    yes: bool = False
    holds: bool = False
    read: bool = False


NOTHING, NO, YES = Meaning(), Meaning(no=True), Meaning(yes=True)
TO_READ, HOLDS = Meaning(read=True), Meaning(holds=True, read=True)
MOST_WORDS = 12  # of a no; who writes more says more
# Letters that keyboards and people take for one another; NFKD has parted off hamzas and accents.
ALIKE = str.maketrans("ٱىیةک", "ايي" + "هك", "\N{ARABIC TATWEEL}ء'’‘`´")


def plain(text: str) -> str:
    """Without what people and keyboards add: case, accents, marks, points, emoji, kinds of alef."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(each for each in letters if not unicodedata.category(each).startswith("M"))
    return " ".join(re.sub(r"[\W_]", " ", kept.translate(ALIKE)).split())


def _any(*phrases: str) -> str:
    """The phrases as an alternation, the longest first."""
    return "|".join(sorted({plain(phrase) for phrase in phrases}, key=len, reverse=True))


# The FCC's list (47 CFR 64.1200(a)(10)), what carriers take for it, and how people say it.
SURE = _any(
    *("stop", "stop all", "stopall", "stopp", "unsubscribe", "unsub", "opt out", "optout"),
    *("opt me out", "revoke", "quit", "remove", "remove me", "take me off", "leave me alone"),
    *("no more", "do not send", "don't send", "do not text", "don't text", "do not message"),
    *("don't message", "do not contact", "don't contact", "do not write", "don't write"),
    *("never text", "never contact", "arret", "arrêt", "arrête", "arrêter", "arrêtez"),
    *("désabonner", "désinscrire"),
    *("إيقاف", "ايقاف", "أوقف", "أوقفوا", "أوقفو", "وقف", "وقفوا", "وقفو", "قف", "توقف", "توقفوا"),
    *("كفى", "لا ترسل", "لا ترسلوا", "لا ترسلو", "لا تراسلني", "لا تراسلوني", "لا تراسلونا"),
    *("لا أريد رسائل", "لا أريد الرسائل", "لا أريد رسائلكم", "ما أبي رسائل", "ما أبغى رسائل"),
    *("إلغاء الاشتراك", "إلغاء اشتراكي", "ألغ الاشتراك", "ألغوا الاشتراك", "احذف رقمي"),
    *("احذفوا رقمي", "احذفو رقمي", "حذف رقمي", "حذف الرقم"),
)
# A no as well; but who was told of an appointment may mean that.
OR_THE_VISIT = _any("cancel", "end", "إلغاء", "ألغ", "ألغي", "ألغوا")
AGAIN = _any(
    *("start", "unstop", "subscribe", "resubscribe", "resume", "opt in", "optin"),
    *("ابدأ", "بدء", "تفعيل", "استئناف", "اشتراك", "تفعيل الاشتراك", "إعادة الاشتراك"),
)
# What stands around such a word and changes nothing.
COURTESIES = """
please pls plz kindly thanks thank you thx now immediately right away asap forever hi hello dear sir
sms text texts texting message messages messaging msg msgs mail mails email emails ok yes me my us
sending send writing contacting all any this these those it to the from of phone number list your
notifications notification alerts alert reminders reminder service subscription i want would like
need again more
من فضلك فضلكم لو سمحت سمحتم أرجو أرجوك أرجوكم الرجاء رجاء شكرا جزيلا الآن فورا إرسال الإرسال رسائل
الرسائل رسالة الرسالة رسائلكم رسايل الرسايل لي إلي علي جميع كل هذا هذه الرقم رقمي خدمة الخدمة
الاشتراك اشتراكي أريد أبي أبغى تنبيهات التنبيهات
"""
AROUND = _any(*COURTESIES.split())
WRONG = re.compile(
    rf"\b(?:{_any('wrong number', 'wrong no', 'wrong nr', 'wrong person', 'wrong phone')}"
    rf"|{_any('wrong mobile', 'wrong recipient', 'not my number', 'mistaken number')}"
    rf"|{_any('الرقم غلط', 'رقم غلط', 'الرقم خطأ', 'رقم خطأ', 'رقم خاطئ', 'الرقم خاطئ')}"
    rf"|{_any('غلطان بالرقم', 'غلطان في الرقم', 'غلطانين', 'مو رقمي', 'ليس رقمي', 'مش رقمي')})\b"
)
_NO = re.compile(
    rf"(?:(?:{AROUND}) )*(?:{SURE}|{OR_THE_VISIT})(?: (?:{SURE}|{OR_THE_VISIT}|{AROUND}))*"
)
_SURE = re.compile(rf"\b(?:{SURE})\b")
_BEGINS = re.compile(rf"(?:{SURE})\b(?! by\b)")
_YES = re.compile(rf"(?:(?:{AROUND}) )*(?:{AGAIN})(?: (?:{AGAIN}|{AROUND}))*")
QUOTED = re.compile(r"^\s*[>|]")
SIGNED = re.compile(
    r"^\s*(?:--|__|sent (?:from|via) |get outlook|envoyé de |on .+ wrote:"
    r"|أرسلت من |تم الإرسال من )",
    re.IGNORECASE,
)
PARTS = re.compile(r"[.,;:!?/()\[\]|•،؛؟…\-\u2010-\u2015]+")


def understand(body: str) -> Meaning:
    """What the words say; the first line counts for more than what follows it."""
    lines = list(_own(cleaning.prose(body)))
    if not lines:
        return NOTHING
    whole = plain(" ".join(lines))
    if not whole:  # marks and pictures alone
        return TO_READ
    for text, follows in ((whole, False), (plain(lines[0]), True), (_first_part(lines[0]), True)):
        if found := _said(text):
            return found._replace(read=found.read or follows) if follows else found
    if WRONG.search(whole) or _BEGINS.match(whole):
        return HOLDS
    return TO_READ


def _own(body: str) -> list[str]:
    """The lines that are not quoted and not a signature."""
    own: list[str] = []
    for line in body.splitlines():
        if SIGNED.match(line):
            break
        if line.strip() and not QUOTED.match(line):
            own.append(line)
    return own


def _first_part(line: str) -> str:
    """What stands before the first mark, where a name or so follows it: "STOP - Layla Haddad"."""
    parts = [part for part in PARTS.split(line) if part.strip()]
    rest = " ".join(parts[1:]).split()
    return plain(parts[0]) if parts and len(rest) <= 4 else ""


def _said(text: str) -> Meaning | None:
    words = text.split()
    if words and all(len(word) == 1 for word in words):
        text = "".join(words)  # S T O P
    if not words or len(words) > MOST_WORDS:
        return None
    if _NO.fullmatch(text):
        return NO if _SURE.search(text) else NO._replace(read=True)
    return YES if _YES.fullmatch(text) else None

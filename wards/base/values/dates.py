"""Days as people and spreadsheets write them: year first, or else the day first.

`05/06/1980` is the 5th of June wherever a hospital is: what may be meant otherwise is told on the
page that takes the file. Another calendar, a year of two digits and a bare number are not guessed.
"""

import re
from contextlib import suppress
from datetime import date

from django.utils.translation import gettext as _

from wards.base.text import folded, number
from wards.base.values import NotUnderstood, is_error, quoted

OLDEST = date(1850, 1, 1)
HIJRI = range(1300, 1501)  # its years since 1882; in the Persian calendar since 1921
SERIAL = re.compile(r"(?!(?:18|19|20)\d\d$)[0-9]{4,5}(?:\.[0-9]+)?")
_TIME = (
    r"(?:(?:T|,? )(?P<hours>\d{1,2}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d)(?:\.\d+)?)?"
    r" ?(?P<half>[AP]M|[صم])?(?P<zone> ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<apart>[-/.])(?P<month>\d{{1,2}})(?P=apart)(?P<day>\d{{1,2}}){_TIME}",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?P<apart>[-/. ])(?P<month>\d{{1,2}})(?P=apart)(?P<year>\d{{4}}){_TIME}",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[^\W\d]+)[-/. ]\d\d(?: .*)?")
_BASIC = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")
_NAMED = (
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[-/., ]+(?P<name>\D+?)[-/., ]+(?P<year>\d{4})"),
    re.compile(r"(?P<name>\D+?)[. ]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +(?P<year>\d{4})"),
)
_ERA = re.compile(r"\s*(?:(?P<hijri>هـ|ه|AH|H)|م|AD|CE)\.?$", re.IGNORECASE)
MONTHS = (
    "january jan يناير كانون-الثاني", "february feb فبراير شباط", "march mar مارس اذار",
    "april apr ابريل أبريل نيسان", "may مايو ايار", "june jun يونيو يونيه حزيران",
    "july jul يوليو يوليه تموز", "august aug اغسطس اب", "september sep sept سبتمبر ايلول",
    "october oct اكتوبر تشرين-الاول", "november nov نوفمبر تشرين-الثاني",
    "december dec ديسمبر كانون-الاول",
)  # fmt: skip
HIJRI_MONTHS = "محرم صفر ربيع جمادى رجب شعبان رمضان شوال القعدة الحجة muharram safar rabi jumada rajab shaban ramadan shawwal"  # noqa: E501


def _key(name: str) -> str:
    return folded(name).replace(" ", "-")


_MONTHS = {_key(name): n for n, names in enumerate(MONTHS, 1) for name in names.split()}
_HIJRI_MONTHS = re.compile("|".join(map(_key, HIJRI_MONTHS.split())))


def birthday(text: str, today: date) -> date | None:
    """The day; None for an empty text. Raises NotUnderstood."""
    text = number(text).strip("'\"")
    if not text:
        return None
    day = _iso(text) or _read(text)
    if day > today:
        raise NotUnderstood(quoted(_("“%s” is in the future."), text))
    if day < OLDEST:
        raise NotUnderstood(quoted(_("“%s” is more than a life ago."), text))
    return day


def _iso(text: str) -> date | None:
    """As nearly all are: 1980-05-15."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None  # fromisoformat knows more than one way to write a day
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if day >= OLDEST else None
    return None


def _read(text: str) -> date:
    plain = _without_era(text)
    day = _in_digits(text, plain) or _in_words(text, plain)
    if day is None:
        raise NotUnderstood(_reason(text))
    return day


def _without_era(text: str) -> str:
    found = _ERA.search(text)
    if found and found["hijri"]:
        raise NotUnderstood(_hijri(text))
    return text[: found.start()] if found else text


def _in_digits(text: str, plain: str) -> date | None:
    found = _YEAR_FIRST.fullmatch(plain) or _DAY_FIRST.fullmatch(plain)
    if found:
        _check_time(text, found)
    elif not (found := _BASIC.fullmatch(plain)) or int(found["year"]) < OLDEST.year:
        return None
    return _day(text, int(found["year"]), int(found["month"]), int(found["day"]))


def _in_words(text: str, plain: str) -> date | None:
    if _HIJRI_MONTHS.search(_key(plain)):
        raise NotUnderstood(_hijri(text))
    for pattern in _NAMED:
        found = pattern.fullmatch(plain)
        month = _MONTHS.get(_key(found["name"].strip(". "))) if found else None
        if found and month:
            return _day(text, int(found["year"]), month, int(found["day"]))
    return None


def _day(text: str, year: int, month: int, day: int) -> date:
    if year in HIJRI:
        raise NotUnderstood(_hijri(text))
    if month > 12 >= day:
        sentence = _("“%s” has no such month: the day comes before the month, as 15/05/1980.")
        raise NotUnderstood(quoted(sentence, text))
    try:
        return date(year, month, day)
    except ValueError:
        raise NotUnderstood(quoted(_("“%s” is a day that there never was."), text)) from None


def _check_time(text: str, found: re.Match[str]) -> None:
    """A time of another zone may be of another day here: what midnight in Riyadh is in London."""
    hours = int(found["hours"] or 0) % (12 if found["half"] else 24)
    late = (found["half"] or "").upper() in ("PM", "م")
    midnight = not (hours or late or int(found["minutes"] or 0) or int(found["seconds"] or 0))
    if found["zone"] and not midnight:
        sentence = _("“%s” is a time of another time zone: give the day alone, as 1980-05-15.")
        raise NotUnderstood(quoted(sentence, text))


def _hijri(text: str) -> str:
    sentence = _("“%s” is a date of the Hijri calendar: give it in the Gregorian, as 1980-05-15.")
    return quoted(sentence, text)


def _reason(text: str) -> str:
    if SERIAL.fullmatch(text):
        return quoted(
            _("“%s” is how a spreadsheet counts days: format the column as a date."), text
        )
    if _SHORT_YEAR.fullmatch(text):
        return quoted(_("“%s” has a year of two digits: give all four, as 1980-05-15."), text)
    if is_error(text):
        return quoted(_("“%s” is an error of a spreadsheet, and no date."), text)
    return quoted(_("“%s” is not a date of birth as 1980-05-15 or 15/05/1980."), text)

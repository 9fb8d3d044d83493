"""What columns are called: by us, by spreadsheets, phone books and other systems, in two languages.

Only names that leave no doubt: "ID" and "رقم" are asked about.
"""

import re
from collections.abc import Iterable, Sequence

from wards.base.text import folded, line

HEADINGS: dict[str, tuple[str, ...]] = {
    "patient_id": (
        "patient id", "patient number", "patient no", "patient code", "mrn",
        "medical record number", "medical record no", "hospital number", "file number", "file no",
        "national id", "national number", "national id number", "identity number", "iqama",
        "iqama number",
        "رقم المريض", "رقم الملف", "رقم الملف الطبي", "رقم السجل الطبي", "الرقم الطبي",
        "رقم الهوية", "الهوية", "رقم الهوية الوطنية", "الهوية الوطنية", "رقم السجل المدني",
        "السجل المدني", "رقم الإقامة", "الرقم الوطني",
    ),
    "first_name": ("first name", "firstname", "given name", "forename", "الاسم الأول"),
    "last_name": (
        "last name", "lastname", "surname", "family name", "اسم العائلة", "العائلة", "الاسم الأخير",
        "اسم الأسرة", "اللقب",
    ),
    "name": (
        "name", "full name", "patient name", "patient", "current patient", "الاسم", "الاسم الكامل",
        "اسم المريض", "الاسم الثلاثي", "الاسم الرباعي",
    ),
    "email": (
        "email", "e mail", "mail", "email address", "e mail address", "e mail 1 value",
        "البريد الإلكتروني", "البريد", "عنوان البريد الإلكتروني", "الإيميل",
    ),
    "phone": (
        "phone", "phone number", "phone no", "mobile", "mobile number", "mobile no", "mobile phone",
        "cell", "cell phone", "telephone", "tel", "contact number", "phone 1 value", "الجوال",
        "رقم الجوال", "الهاتف", "رقم الهاتف", "الهاتف الجوال", "الهاتف المحمول",
        "رقم الهاتف المحمول", "المحمول", "رقم المحمول", "الموبايل", "رقم الموبايل",
        "التليفون", "رقم التليفون",
    ),
    "date_of_birth": (
        "date of birth", "dob", "birth date", "birthdate", "birthday", "تاريخ الميلاد",
        "تاريخ الولادة",
    ),
    "gender": ("gender", "sex", "الجنس", "النوع"),
    "language": ("language", "preferred language", "اللغة", "لغة المريض", "اللغة المفضلة"),
    "bed_id": ("bed id", "bed", "bed number", "bed no", "السرير", "رقم السرير"),
    "reason": ("reason", "reason for admission", "admission reason", "السبب", "سبب الدخول",
               "سبب التنويم"),
    "chief_complaint": ("chief complaint", "complaint", "الشكوى", "الشكوى الرئيسية"),
    "ward": ("ward", "ward name", "القسم", "الجناح"),
}  # fmt: skip
# What else our own exports have: nobody need be asked what it is.
EXPORTED = (
    "line", "error", "status", "channel", "address", "admission date", "discharge date",
    "days admitted", "days occupied", "length of stay", "discharge status", "total beds",
    "occupied", "available", "cleaning", "maintenance", "occupancy %",
)  # fmt: skip
_BETWEEN = re.compile(r"[\s_\-./:*#()\[\]]+")
_ARTICLE = re.compile(r"\bال(?=\w\w)")
_DATA = re.compile(r"@|\d{5}|\d[-/]\d")  # what no heading has


def key(name: str) -> str:
    """A heading as it is compared: without case, marks, articles and what stands between words."""
    return _ARTICLE.sub("", " ".join(_BETWEEN.sub(" ", folded(line(name))).split()))


_KEYS = {key(name): column for column, names in HEADINGS.items() for name in names}
_KEYS |= {key(column): column for column in HEADINGS}
_EXPORTED = {key(name) for name in EXPORTED}


def meaning(name: str) -> str | None:
    """The column of ours that a heading names; "" for one of our exports' own; None: not known."""
    found = key(name)
    return _KEYS.get(found) or ("" if found in _EXPORTED else None)


def known(names: Iterable[str]) -> int:
    """How many of these are headings."""
    return sum(meaning(name) is not None for name in names)


def looks_like_data(names: Sequence[str]) -> bool:
    """Whether these are values rather than what columns are called."""
    return any(_DATA.search(folded(name)) for name in names)

"""Placeholders of other systems: nothing fills them here, patients would read them as they stand.

Where they came from: Mailchimp *|FNAME|*, Word «First_Name», SendGrid %FIRST_NAME%, others with
brackets, angles or hash signs. Those with braces are no placeholders of ours either, and refused.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from wards.base.tables import headings

# Nobody writes these otherwise.
_CERTAIN = re.compile(
    r"\*\|[^|\n]{1,60}\|\*|%[A-Za-z][A-Za-z0-9_]{1,59}%|<<[^<>\n]{1,60}>>|##[^#\n]{1,60}##"
    r"|\[\[[^\[\]\n]{1,60}\]\]|\$[A-Za-z]+_[A-Za-z_]+"
)
# These may be words that somebody puts in brackets: only around what is a name of something.
_PERHAPS = re.compile(r"\(\([^()\n]{1,60}\)\)|\[[^\[\]\n]{1,60}\]|[«<][^«»<>\n]{1,60}[»>]")
_AROUND = re.compile(r"^[^\w]+|[^\w]+$")
# What they call it, and our placeholder for it.
_OURS = {
    "first name": "first_name", "fname": "first_name", "firstname": "first_name",
    "name": "patient_name", "full name": "patient_name", "patient name": "patient_name",
    "last name": "patient_name", "lname": "patient_name", "date": "date", "time": "time",
    "appointment date": "date", "appointment time": "time", "doctor": "provider_name",
    "provider": "provider_name", "hospital": "hospital_name", "clinic": "hospital_name",
    "link": "link", "url": "link",
}  # fmt: skip


class Foreign(NamedTuple):
    """One, and our placeholder for the same; "" where there is none."""

    text: str
    ours: str


def find(text: str) -> Iterator[Foreign]:
    """Each once, in their order."""
    seen = set()
    for found in re.finditer(f"{_CERTAIN.pattern}|{_PERHAPS.pattern}", text):
        name = headings.key(_AROUND.sub("", found[0]))
        ours = _OURS.get(name, "")
        certain = bool(_CERTAIN.fullmatch(found[0]))
        if found[0] not in seen and (certain or ours or headings.meaning(name)):
            seen.add(found[0])
            yield Foreign(found[0], ours)

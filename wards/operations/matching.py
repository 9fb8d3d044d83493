"""What the columns of a file are, where somebody said so: checked, and remembered for the next one.

Remembered for the hospital, by what the file is for and what its columns are called.
"""

from collections.abc import Sequence
from hashlib import sha256

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wards.base import clock
from wards.base.csv_rows import Layout
from wards.base.tables import headings
from wards.models import ColumnMatch, Hospital, User

LABELS = {
    "patient_id": gettext_lazy("Patient number"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "name": gettext_lazy("Full name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "date_of_birth": gettext_lazy("Date of birth"),
    "gender": gettext_lazy("Gender"),
    "language": gettext_lazy("Language"),
    "bed_id": gettext_lazy("Bed"),
    "reason": gettext_lazy("Reason"),
    "chief_complaint": gettext_lazy("Chief complaint"),
}
MOST = 200  # columns that somebody is asked about


def wrong(columns: Sequence[str], layout: Layout) -> str:
    """Why these cannot be the columns of such a file; "" where they can."""
    for name in layout.columns:
        if list(columns).count(name) > 1:
            return _("“%s” is chosen for two columns.") % LABELS[name]
    if missing := [str(LABELS[name]) for name in layout.required if name not in columns]:
        return _("Not chosen yet: %s.") % ", ".join(missing)
    return ""


def remembered(hospital: Hospital, purpose: str, names: Sequence[str]) -> tuple[str, ...] | None:
    """What somebody said of a file with such a header."""
    found = ColumnMatch.objects.filter(
        hospital=hospital, purpose=purpose, signature=signature(names)
    ).first()
    return tuple(found.columns) if found and len(found.columns) == len(names) else None


def remember(
    hospital: Hospital, by: User, purpose: str, names: Sequence[str], columns: Sequence[str]
) -> None:
    """Keeps it for the next file with such a header."""
    ColumnMatch.objects.update_or_create(
        hospital=hospital,
        purpose=purpose,
        signature=signature(names),
        defaults={"columns": list(columns), "matched_by": by, "matched_at": clock.now()},
    )


def signature(names: Sequence[str]) -> str:
    """Which header it is, however it is spelled."""
    return sha256("\n".join(map(headings.key, names)).encode()).hexdigest()

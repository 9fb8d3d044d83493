"""Filters in the address of a page."""

import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from wards.models import Bed
from wards.queues import MOST_ROWS
from wards.selectors import STAGES
from wards.web.forms import Search


class BoardFilter(Search):
    state = forms.ChoiceField(
        required=False, choices=[*Bed.Status.choices, ("waiting", _("Without a bed"))]
    )


class QueueFilter(Search):
    stage = forms.ChoiceField(required=False, choices=[(name, name) for name in STAGES])
    provider = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    date = forms.DateField(required=False)
    by = forms.ChoiceField(required=False, choices=[("provider", "provider")])
    rows = forms.IntegerField(required=False, min_value=1, max_value=MOST_ROWS)

    @property
    def day(self) -> datetime.date | None:
        """The day that is asked for; None for today. The last day of all has no next one."""
        self.is_valid()
        wanted: datetime.date | None = self.cleaned_data.get("date")
        return wanted if wanted and 1900 < wanted.year < 9000 else None

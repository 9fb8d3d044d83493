"""Filters in the address of the lists."""

from datetime import datetime, time, timedelta

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.channels import Channel, Topic
from messaging.statuses import Status
from wards.web.forms import Plain, Search

LARGEST_ID = 2**63 - 1
PAGING = "before"  # is in the address, but filters nothing


class TemplateFilter(Search):
    channel = forms.ChoiceField(required=False, choices=Channel)
    category = forms.ChoiceField(required=False, choices=Topic)
    state = forms.ChoiceField(required=False, choices=[("on", _("On")), ("off", _("Off"))])


class MessageFilter(Search):
    """`before` is the id that a page of older messages begins below."""

    status = forms.ChoiceField(required=False, choices=Status)
    channel = forms.ChoiceField(required=False, choices=Channel)
    template = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    bulk = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """From the beginning of `since` to the end of `until`, in the hospital's time zone."""
        self.is_valid()
        first, last = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        begin = first and timezone.make_aware(datetime.combine(first, time.min))
        if last and last.year < 9000:
            last += timedelta(days=1)
        return begin, last and timezone.make_aware(datetime.combine(last, time.min))


class SaveFilterForm(Plain):
    """A name for what the list is filtered by."""

    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    query = forms.CharField(max_length=500, widget=forms.HiddenInput, required=False)


def canonical(given: QueryDict) -> str:
    """What filters the list of messages, always written in the same way; "" where nothing does."""
    filters = MessageFilter(given)
    kept = QueryDict(mutable=True)
    for name in filters.fields:
        if name != PAGING and (value := filters.value(name)):
            kept[name] = value
    return kept.urlencode()

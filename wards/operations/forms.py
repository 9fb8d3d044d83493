"""What people type, choose and upload on the pages of bulk operations."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wards.models import BulkOperation, Hospital, Ward
from wards.operations.reports import FILTERS, Report
from wards.web.forms import Clean, Search

ACCEPT = ".csv,.txt,.tsv,.xlsx,text/csv"
IN_PROGRESS = "in_progress"  # pending or processing
DAY = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class OperationFilter(Search):
    """The history's filters; `status` also knows `in_progress`."""

    type = forms.ChoiceField(required=False, choices=BulkOperation.Type)
    status = forms.ChoiceField(
        required=False,
        choices=[(IN_PROGRESS, _("In progress")), *BulkOperation.Status.choices],
    )
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def moment(self, name: str) -> datetime | None:
        """The midnight with which a day begins, in the hospital's time zone."""
        self.is_valid()
        day: date | None = self.cleaned_data.get(name)
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class UploadForm(forms.Form):
    """CSV or XLSX; what is wrong with it says the reader of the file (`wards.base.csv_rows`)."""

    csv_file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ACCEPT, "class": "drop-input"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("The file is empty."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["csv_file"].widget.attrs["data-most"] = settings.BULK_MAX_BYTES


class AssignmentForm(UploadForm):
    send_notifications = forms.BooleanField(
        label=_("Tell the staff of the wards"), required=False, initial=True
    )


class IdsField(forms.TypedMultipleChoiceField):
    """Numbers, any of them: what they are the numbers of is for the view to look up."""

    def valid_value(self, value: Any) -> bool:
        return True


class DischargeForm(Clean, forms.Form):
    """Which stays end; whether they are there and open is for the view and the action."""

    admissions = IdsField(
        coerce=int,
        error_messages={
            "required": _("Nobody is selected."),
        },
    )
    discharge_notes = forms.CharField(
        label=_("Discharge notes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "dir": "auto"}),
    )
    send_notifications = forms.BooleanField(
        label=_("Tell the staff of the wards"), required=False, initial=True
    )


class ReportForm(Clean, forms.Form):
    """One of the reports and its filters; those that a report does not know are left out."""

    report_type = forms.ChoiceField(label=_("Report"), choices=Report, initial=Report.OCCUPANCY)
    start_date = forms.DateField(label=_("From"), required=False, widget=DAY)
    end_date = forms.DateField(label=_("To"), required=False, widget=DAY)
    ward: forms.ModelChoiceField[Ward] = forms.ModelChoiceField(
        Ward.objects.none(),
        label=_("Ward"),
        required=False,
        empty_label=_("All wards"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, hospital: Hospital, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ward"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Ward.objects.filter(hospital=hospital)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        known = FILTERS[Report(given["report_type"])] if "report_type" in given else ()
        start, end = given.get("start_date"), given.get("end_date")
        if "start" in known and start and end and start > end:
            self.add_error("end_date", _("The last day is before the first."))
        return given

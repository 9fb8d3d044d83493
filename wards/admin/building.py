"""Hospital, wards and beds."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wards.forms.hospital import ZONES
from wards.models import Bed, Hospital, Ward
from wards.web.admin import TenantAdmin, TenantForm, administers, badge
from wards.web.forms import Clean
from wards.web.pages import reader

BED = {
    Bed.Status.AVAILABLE: "success",
    Bed.Status.OCCUPIED: "info",
    Bed.Status.CLEANING: "warning",
    Bed.Status.MAINTENANCE: "error",
}


class HospitalForm(Clean, forms.ModelForm[Hospital]):
    timezone = forms.ChoiceField(label=_("time zone"), choices=[(name, name) for name in ZONES])


@admin.register(Hospital)
class HospitalAdmin(TenantAdmin[Hospital]):
    """One's own; operators make new ones."""

    form = HospitalForm
    hospital_path = "pk"
    list_display = ["name", "name_ar", "phone", "timezone", "language"]
    list_filter = ["language"]
    search_fields = ["name", "name_ar"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return administers(request) and reader(request).hospital_id is None

    def has_delete_permission(self, request: HttpRequest, obj: Hospital | None = None) -> bool:
        return self.has_add_permission(request)


@admin.register(Ward)
class WardAdmin(TenantAdmin[Ward]):
    list_display = ["name", "name_ar", "code"]
    search_fields = ["name", "name_ar", "code"]


class BedForm(TenantForm):
    def clean_status(self) -> str:
        """Who lies where is for the actions to say."""
        status: str = self.cleaned_data["status"]
        before = self.instance.status if self.instance.pk else Bed.Status.AVAILABLE
        if status != before and Bed.Status.OCCUPIED in (status, before):
            raise ValidationError(_("A bed is taken and freed by admitting and discharging."))
        return status


@admin.register(Bed)
class BedAdmin(TenantAdmin[Bed]):
    form = BedForm
    list_display = ["number", "ward", badge("status", _("status"), BED)]
    list_filter = ["status", "ward"]
    search_fields = ["number", "ward__name", "ward__name_ar", "ward__code"]
    list_select_related = ["ward"]
    autocomplete_fields = ["ward"]

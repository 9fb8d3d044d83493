"""Stays and appointments: the actions move them, only notes on them are edited."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from wards.models import Admission, Appointment, Discharge, Patient, StayFact, Transfer
from wards.web.admin import NotesOnlyAdmin, ViewOnlyAdmin, badge

APPOINTMENT = {
    Appointment.Status.CONFIRMED: "info",
    Appointment.Status.ARRIVED: "success",
    Appointment.Status.IN_PROGRESS: "success",
    Appointment.Status.CANCELLED: "error",
    Appointment.Status.NO_SHOW: "warning",
}
DISCHARGE = {
    Discharge.Status.HOME: "success",
    Discharge.Status.AGAINST_ADVICE: "warning",
    Discharge.Status.DECEASED: "critical",
}


@admin.register(Admission)
class AdmissionAdmin(NotesOnlyAdmin[Admission]):
    list_display = ["patient", "ward", "bed", "provider", "admitted_at", "discharged_at"]
    list_filter = [("discharged_at", admin.EmptyFieldListFilter), "ward"]
    search_fields = [
        "patient__number",
        "patient__first_name",
        "patient__last_name",
        "visit_number",
        "reason",
    ]
    date_hierarchy = "admitted_at"
    list_select_related = ["patient", "ward", "bed", "provider"]
    noted = ["reason", "chief_complaint", "visit_number", "provider"]
    autocomplete_fields = ["provider"]


@admin.register(StayFact)
class StayFactAdmin(ViewOnlyAdmin[StayFact]):
    """What feeds have said of stays, word for word of the time."""

    list_display = ["what", "at", "patient", "visit", "ward", "bed"]
    list_filter = ["what"]
    search_fields = ["visit", "person", "ward", "patient__number", "patient__last_name"]
    date_hierarchy = "at"
    list_select_related = ["patient"]


@admin.register(Transfer)
class TransferAdmin(ViewOnlyAdmin[Transfer]):
    list_display = ["patient", "from_ward", "from_bed", "to_ward", "to_bed", "by", "at"]
    list_filter = ["from_ward", "to_ward"]
    search_fields = [
        "admission__patient__number",
        "admission__patient__first_name",
        "admission__patient__last_name",
    ]
    date_hierarchy = "at"
    list_select_related = ["admission__patient", "from_ward", "from_bed", "to_ward", "to_bed", "by"]

    @admin.display(description=_("patient"))
    def patient(self, transfer: Transfer) -> Patient:
        return transfer.admission.patient


@admin.register(Discharge)
class DischargeAdmin(ViewOnlyAdmin[Discharge]):
    list_display = ["patient", badge("status", _("status"), DISCHARGE), "by", "at"]
    list_filter = ["status"]
    search_fields = [
        "admission__patient__number",
        "admission__patient__first_name",
        "admission__patient__last_name",
    ]
    date_hierarchy = "at"
    list_select_related = ["admission__patient", "by"]

    @admin.display(description=_("patient"))
    def patient(self, discharge: Discharge) -> Patient:
        return discharge.admission.patient


@admin.register(Appointment)
class AppointmentAdmin(NotesOnlyAdmin[Appointment]):
    list_display = [
        "number",
        "patient",
        "provider",
        "starts_at",
        "duration",
        badge("status", _("status"), APPOINTMENT),
        "financial_clearance",
        "consent_verified",
    ]
    list_filter = ["status", "financial_clearance", "consent_verified"]
    search_fields = [
        "number",
        "patient__number",
        "patient__first_name",
        "patient__last_name",
        "provider__last_name",
    ]
    date_hierarchy = "starts_at"
    list_select_related = ["patient", "provider"]
    noted = ["reason", "duration", "financial_clearance", "consent_verified"]

"""The queries behind exports and reports.

Each gives the file itself: its columns are the headers, and every text that somebody typed goes
through `wards_cell()` (sql/cell.sql), which keeps spreadsheets from taking it for a formula.
Dates are written in the hospital's time zone. Filters that are not given are NULL.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from wards.base import sql


class Report(TextChoices):
    """What `export_report` can write; which filters each one knows is in FILTERS."""

    OCCUPANCY = "occupancy", _("Occupancy")
    PATIENT_LIST = "patient_list", _("Patient list")
    ADMISSION_DISCHARGE = "admission_discharge", _("Admissions and discharges")
    BED_UTILIZATION = "bed_utilization", _("Bed utilization")


# Dates: of admission in the patient list, of admission or discharge in the history. How full the
# wards and what is in the beds is always as of now.
FILTERS = {
    Report.OCCUPANCY: ("ward",),
    Report.PATIENT_LIST: ("start", "end", "ward"),
    Report.ADMISSION_DISCHARGE: ("start", "end", "ward"),
    Report.BED_UTILIZATION: ("ward",),
}

PATIENTS = sql.load("wards/operations/sql/patients.sql")
OCCUPANCY = sql.load("wards/operations/sql/occupancy.sql")
ADMISSION_DISCHARGE = sql.load("wards/operations/sql/admission_discharge.sql")
QUERIES = {
    Report.OCCUPANCY: OCCUPANCY,
    Report.PATIENT_LIST: sql.load("wards/operations/sql/patient_list.sql"),
    Report.ADMISSION_DISCHARGE: ADMISSION_DISCHARGE,
    Report.BED_UTILIZATION: sql.load("wards/operations/sql/bed_utilization.sql"),
}

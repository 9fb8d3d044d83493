"""The queries behind exports and reports.

Each gives the file itself: its columns are the headers, and every text that somebody typed goes
through `wards_cell()` (migration 0004), which keeps spreadsheets from taking it for a formula.
Dates are written in the hospital's time zone. Filters that are not given are NULL.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


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

PATIENTS = """
SELECT wards_cell(patient.first_name) AS "First Name", wards_cell(patient.last_name) AS "Last Name",
    wards_cell(patient.email) AS "Email", wards_cell(bed.number) AS "Bed Number",
    wards_cell(ward.name) AS "Ward",
    to_char(stay.admitted_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI') AS "Admission Date",
    wards_cell(stay.reason) AS "Reason", wards_cell(stay.chief_complaint) AS "Chief Complaint"
FROM wards_admission AS stay
JOIN wards_patient AS patient ON patient.id = stay.patient_id
JOIN wards_ward AS ward ON ward.id = stay.ward_id
LEFT JOIN wards_bed AS bed ON bed.id = stay.bed_id
WHERE stay.hospital_id = %(hospital)s AND stay.discharged_at IS NULL
ORDER BY stay.id
"""

OCCUPANCY = """
SELECT wards_cell(ward.name) AS "Ward Name", count(bed.id) AS "Total Beds",
    count(*) FILTER (WHERE bed.status = 'occupied') AS "Occupied",
    count(*) FILTER (WHERE bed.status = 'available') AS "Available",
    count(*) FILTER (WHERE bed.status = 'maintenance') AS "Maintenance",
    round(coalesce(
        100.0 * count(*) FILTER (WHERE bed.status = 'occupied') / nullif(count(bed.id), 0), 0
    ), 1) AS "Occupancy %%"
FROM wards_ward AS ward LEFT JOIN wards_bed AS bed ON bed.ward_id = ward.id
WHERE ward.hospital_id = %(hospital)s AND (%(ward)s::bigint IS NULL OR ward.id = %(ward)s::bigint)
GROUP BY ward.id ORDER BY ward.name, ward.id
"""

PATIENT_LIST = """
SELECT wards_cell(patient.first_name) AS "First Name", wards_cell(patient.last_name) AS "Last Name",
    wards_cell(patient.email) AS "Email", wards_cell(patient.phone) AS "Phone",
    wards_cell(ward.name) AS "Ward", wards_cell(bed.number) AS "Bed Number",
    to_char(stay.admitted_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI') AS "Admission Date",
    extract(day FROM now() - stay.admitted_at)::int AS "Days Admitted",
    wards_cell(stay.reason) AS "Reason"
FROM wards_admission AS stay
JOIN wards_patient AS patient ON patient.id = stay.patient_id
JOIN wards_ward AS ward ON ward.id = stay.ward_id
LEFT JOIN wards_bed AS bed ON bed.id = stay.bed_id
WHERE stay.hospital_id = %(hospital)s AND stay.discharged_at IS NULL
    AND (%(ward)s::bigint IS NULL OR stay.ward_id = %(ward)s::bigint)
    AND (%(from)s::timestamptz IS NULL OR stay.admitted_at >= %(from)s::timestamptz)
    AND (%(until)s::timestamptz IS NULL OR stay.admitted_at < %(until)s::timestamptz)
ORDER BY stay.id
"""

ADMISSION_DISCHARGE = """
SELECT wards_cell(patient.number) AS "Patient Number",
    wards_cell(patient.first_name) AS "First Name", wards_cell(patient.last_name) AS "Last Name",
    wards_cell(ward.name) AS "Ward", wards_cell(bed.number) AS "Bed Number",
    to_char(stay.admitted_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI') AS "Admission Date",
    to_char(stay.discharged_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI') AS "Discharge Date",
    extract(day FROM coalesce(stay.discharged_at, now()) - stay.admitted_at)::int
        AS "Length of Stay",
    CASE WHEN stay.discharged_at IS NULL THEN 'admitted' ELSE coalesce(discharge.status, '') END
        AS "Discharge Status"
FROM wards_admission AS stay
JOIN wards_patient AS patient ON patient.id = stay.patient_id
JOIN wards_ward AS ward ON ward.id = stay.ward_id
LEFT JOIN wards_bed AS bed ON bed.id = stay.bed_id
LEFT JOIN wards_discharge AS discharge ON discharge.admission_id = stay.id
WHERE stay.hospital_id = %(hospital)s
    AND (%(ward)s::bigint IS NULL OR stay.ward_id = %(ward)s::bigint)
    AND ((coalesce(%(from)s::timestamptz, '-infinity') <= stay.admitted_at
          AND stay.admitted_at < coalesce(%(until)s::timestamptz, 'infinity'))
      OR (coalesce(%(from)s::timestamptz, '-infinity') <= stay.discharged_at
          AND stay.discharged_at < coalesce(%(until)s::timestamptz, 'infinity')))
ORDER BY stay.id
"""

BED_UTILIZATION = """
SELECT wards_cell(ward.name) AS "Ward Name", wards_cell(bed.number) AS "Bed Number",
    bed.status AS "Status",
    wards_cell(patient.first_name || ' ' || patient.last_name) AS "Current Patient",
    extract(day FROM now() - stay.admitted_at)::int AS "Days Occupied"
FROM wards_bed AS bed
JOIN wards_ward AS ward ON ward.id = bed.ward_id
LEFT JOIN wards_admission AS stay ON stay.bed_id = bed.id AND stay.discharged_at IS NULL
LEFT JOIN wards_patient AS patient ON patient.id = stay.patient_id
WHERE bed.hospital_id = %(hospital)s AND (%(ward)s::bigint IS NULL OR ward.id = %(ward)s::bigint)
ORDER BY ward.name, ward.id, bed.id
"""

QUERIES = {
    Report.OCCUPANCY: OCCUPANCY,
    Report.PATIENT_LIST: PATIENT_LIST,
    Report.ADMISSION_DISCHARGE: ADMISSION_DISCHARGE,
    Report.BED_UTILIZATION: BED_UTILIZATION,
}

-- Report: who is admitted now, of those admitted within some days.
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

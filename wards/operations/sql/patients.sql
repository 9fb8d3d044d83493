-- Export: who is admitted now.
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

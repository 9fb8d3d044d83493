-- Report: each bed, who is in it and since when.
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

-- Report: stays that began or ended within some days.
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

-- Who is in a ward now.
SELECT /* columns */, ward.name, ward.name_ar, bed.number, stay.admitted_at
FROM wards_admission AS stay
JOIN wards_patient AS patient ON patient.id = stay.patient_id
JOIN wards_ward AS ward ON ward.id = stay.ward_id
LEFT JOIN wards_bed AS bed ON bed.id = stay.bed_id /* preferences */
WHERE stay.ward_id = %(ward)s AND ward.hospital_id = %(hospital)s AND stay.discharged_at IS NULL

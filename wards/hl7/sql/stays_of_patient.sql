-- The stays that a message may be about, the newest first, with ward, bed and discharge.
-- By hand, for every message of patient administration pays for it.
SELECT /* stay */, /* ward */,
    /* bed */, /* discharge */
FROM wards_admission AS stay
JOIN wards_ward AS ward ON ward.id = stay.ward_id
LEFT JOIN wards_bed AS bed ON bed.id = stay.bed_id
LEFT JOIN wards_discharge AS discharge ON discharge.admission_id = stay.id
WHERE stay.patient_id = %s
    AND (%s OR stay.discharged_at IS NULL OR stay.visit_number = ANY(%s))
ORDER BY stay.admitted_at DESC, stay.id DESC
LIMIT %s

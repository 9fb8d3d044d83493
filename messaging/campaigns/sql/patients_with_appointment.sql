-- Who has an appointment on some day. Who comes twice hears of the first time; what has
-- begun is told to nobody.
SELECT /* columns */, visit.id, visit.starts_at,
    trim(provider.first_name || ' ' || provider.last_name)
FROM (
    SELECT DISTINCT ON (patient_id) * FROM wards_appointment
    WHERE hospital_id = %(hospital)s AND status = ANY(%(to_come)s)
    AND starts_at >= %(begin)s AND starts_at < %(end)s AND starts_at > now()
    ORDER BY patient_id, starts_at
) AS visit
JOIN wards_patient AS patient ON patient.id = visit.patient_id
JOIN wards_user AS provider ON provider.id = visit.provider_id /* preferences */

-- Messages of some lines of a bulk send, column by column, for those who are not left out.
SELECT %(hospital)s, recipient.patient_id, bulk_id, recipient.variant,
    'bulk:' || bulk_id || ':' || line, %(topic)s, false, words.code, version_id, "values",
    channel, fallbacks, address, country, recipient.language, subject, body, parts, 'queued', '',
    CASE WHEN channel = ANY(%(ringing)s) AND /* holds */ THEN %(over_at)s::timestamptz
         ELSE %(now)s::timestamptz END,
    expires_at, 0, 0, '', '', '', %(now)s
FROM (
    SELECT *, starts_at AS expires_at FROM messaging_bulkrecipient WHERE bulk_id = %(bulk)s
) AS recipient
JOIN (
    SELECT number AS variant, code FROM messaging_bulkvariant WHERE bulk_id = %(bulk)s
) AS words ON words.variant = recipient.variant
LEFT JOIN wards_patient AS patient ON patient.id = recipient.patient_id
WHERE line > %(after)s AND line <= %(last)s AND excluded = ''
AND (recipient.patient_id IS NULL OR patient.id IS NOT NULL)
ORDER BY line

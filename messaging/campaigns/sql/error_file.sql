-- Who did not get it, and why: a line for each recipient left out and each message lost.
-- A reason of ours may say more after a colon; a carrier's code stays as it is.
SELECT recipient.line AS "line",
    wards_cell(coalesce(
        rtrim(reason.words, '.') || substring(found.why FROM '^[a-z_]+(: .*)$'),
        reason.words, found.why
    )) AS "error",
    found.status AS "status",
    coalesce(message.channel, recipient.channel) AS "channel",
    wards_cell(coalesce(message.address, recipient.address)) AS "address",
    wards_cell(coalesce(patient.number, recipient."values" ->> 'patient_id', '')) AS "patient_id",
    wards_cell(coalesce(
        recipient."values" ->> 'name', trim(patient.first_name || ' ' || patient.last_name), ''
    )) AS "name" /* own */
FROM messaging_bulkrecipient AS recipient
LEFT JOIN messaging_message AS message
    ON message.bulk_id = recipient.bulk_id
    AND message.hospital_id = (SELECT hospital_id FROM messaging_bulksend WHERE id = %(bulk)s)
    AND message.key = 'bulk:' || recipient.bulk_id || ':' || recipient.line AND message.key <> ''
    AND message.status IN ('failed', 'bounced', 'suppressed')
LEFT JOIN wards_patient AS patient ON patient.id = recipient.patient_id
CROSS JOIN LATERAL (
    SELECT coalesce(message.status, 'left_out') AS status,
        CASE WHEN message.id IS NULL THEN recipient.excluded ELSE message.reason END AS why
) AS found
LEFT JOIN unnest(%(codes)s::text[], %(words)s::text[]) AS reason (code, words)
    ON reason.code = split_part(found.why, ':', 1)
WHERE recipient.bulk_id = %(bulk)s AND (recipient.excluded <> '' OR message.id IS NOT NULL)
ORDER BY recipient.line

-- The log of the demo's messages: each step that a message has the time of.
INSERT INTO messaging_messagelog (message_id, at, status, attempt, channel, provider, detail)
SELECT m.id, step.at, step.status, step.attempt, m.channel, step.provider,
       CASE WHEN step.status = m.status THEN m.reason ELSE '' END
FROM messaging_message AS m CROSS JOIN LATERAL (VALUES
    (1, m.created_at, CASE WHEN m.attempts = 0 THEN m.status ELSE 'queued' END, 0, ''),
    (2, m.created_at + interval '200 ms',
        CASE WHEN m.attempts > 0 THEN 'sending' END, 1, m.provider),
    (3, m.sent_at, 'sent', 1, m.provider),
    (4, m.delivered_at, 'delivered', 1, m.provider),
    (5, m.read_at, 'read', 1, m.provider),
    (6, m.sent_at + interval '9 s',
        CASE WHEN m.status IN ('failed', 'bounced') THEN m.status END, 1, m.provider)
) AS step (number, at, status, attempt, provider)
WHERE m.hospital_id = %s AND step.at IS NOT NULL AND step.status IS NOT NULL
ORDER BY m.id, step.number

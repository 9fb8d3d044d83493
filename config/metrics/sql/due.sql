-- By channel, messages that are due and not taken: the age of the oldest, how many, and the age
-- of the oldest of a bulk send.
WITH sending AS (
    SELECT id FROM messaging_bulksend WHERE status = 'sending' AND completed_at IS NULL
)
SELECT channel.name, coalesce(oldest.age, 0), waiting.number, coalesce((
        SELECT max(first.age) FROM sending CROSS JOIN LATERAL (
            SELECT extract(epoch FROM now() - due_at) AS age FROM messaging_message
            WHERE bulk_id = sending.id AND channel = channel.name AND due_at <= now()
                AND status = ANY(%(unsent)s)
            ORDER BY due_at LIMIT 1
        ) AS first
    ), 0)
FROM unnest(%(channels)s::text[]) AS channel (name)
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM now() - due_at) AS age FROM messaging_message
    WHERE bulk_id IS NULL AND channel = channel.name AND due_at <= now()
        AND status = ANY(%(unsent)s)
    ORDER BY due_at LIMIT 1
) AS oldest ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM messaging_message
        WHERE bulk_id IS NULL AND channel = channel.name AND due_at <= now()
            AND status = ANY(%(unsent)s)
        ORDER BY due_at LIMIT %(most)s
    ) AS counted
) AS waiting

-- Critical events of the last day that nobody has taken: how many, the age of the oldest.
SELECT count(DISTINCT event_id), coalesce(extract(epoch FROM now() - min(created_at)), 0)
FROM (
    SELECT event_id, created_at FROM inbox_notification
    WHERE level = 'critical' AND acknowledged_at IS NULL AND archived_at IS NULL
    ORDER BY recipient_id LIMIT %(most)s
) AS alert
WHERE created_at > now() - interval '24 hours'

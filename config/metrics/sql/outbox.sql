-- Events that nobody was told of yet: how many, those given up, the age of the oldest.
SELECT count(*), count(*) FILTER (WHERE attempts >= %(tries)s), coalesce((
    SELECT extract(epoch FROM now() - coalesce((event.data->>'tell_at')::timestamptz, event.at))
    FROM wards_outbox AS oldest JOIN wards_event AS event ON event.id = oldest.event_id
    WHERE oldest.attempts < %(tries)s AND (oldest.attempts > 0 OR oldest.retry_at <= now())
    ORDER BY oldest.event_id LIMIT 1
), 0)
FROM (
    SELECT attempts FROM wards_outbox
    WHERE attempts > 0 OR retry_at <= now() -- what is to be told later waits for nobody
    ORDER BY event_id LIMIT %(most)s
) AS waiting

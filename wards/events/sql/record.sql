-- Writes events, and that nobody has been told of them yet; gives their numbers in the order of the
-- rows: identity columns count up in it.
WITH written AS (
    INSERT INTO wards_event (/* columns */) VALUES /* rows */ RETURNING id, data
), waiting AS (
    INSERT INTO wards_outbox (event_id, attempts, error, retry_at)
    SELECT id, 0, '', coalesce((data->>'tell_at')::timestamptz, now()) FROM written
)
SELECT id FROM written ORDER BY id

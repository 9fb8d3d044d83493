-- Writes messages with the first line of their log; those whose key is known already are left out.
-- Wakes the sender.
WITH written AS (
    INSERT INTO messaging_message (/* columns */)
    /* source */
    ON CONFLICT DO NOTHING
    RETURNING id, hospital_id, channel, bulk_id, status, reason
), logged AS (
    INSERT INTO messaging_messagelog (message_id, at, status, attempt, channel, provider, detail)
    SELECT id, clock_timestamp(), status, 0, channel, '', reason FROM written
)
SELECT id, hospital_id, channel, bulk_id, pg_notify('messages_due', channel) FROM written

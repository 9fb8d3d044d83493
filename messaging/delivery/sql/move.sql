-- Moves chosen messages to another status, with their log; what is with a carrier at this moment
-- is not tried again. Wakes the sender for what is queued.
WITH chosen (id, was) AS (/* chosen */), moved AS (
    UPDATE messaging_message AS message SET status = %s, reason = %s, /* change */
    FROM chosen WHERE message.id = chosen.id AND was = ANY(%s)
    RETURNING message.id, hospital_id, channel, bulk_id, status, attempts, provider
), held AS (
    UPDATE messaging_message AS message SET expires_at = least(expires_at, now())
    FROM chosen WHERE message.id = chosen.id AND was = 'sending'
), logged AS (
    INSERT INTO messaging_messagelog
        (message_id, at, status, attempt, channel, provider, actor_id, detail)
    SELECT id, clock_timestamp(), status, attempts, channel, provider, %s, %s FROM moved
)
SELECT id, hospital_id, channel, bulk_id,
    CASE WHEN status = 'queued' THEN pg_notify('messages_due', channel) IS NULL END
FROM moved

-- Changes alerts of some users, gives each mailbox its next seq and counts what is unread.
-- A statement of its own after the lock: it must see what the transaction we waited for has done.
WITH target AS (
    SELECT id, recipient_id, read_at IS NULL AS was_unread
    FROM inbox_notification WHERE recipient_id = ANY(%(users)s) AND /* where */
), changed AS (
    UPDATE inbox_notification n SET seq = box.seq + 1, /* sets */
    FROM target JOIN inbox_mailbox box ON box.user_id = target.recipient_id
    WHERE n.id = target.id
    RETURNING n.id, n.recipient_id, was_unread, n.read_at IS NULL AS is_unread
), tally AS (
    SELECT recipient_id, array_agg(id ORDER BY id) AS ids,
           sum(is_unread::int - was_unread::int) AS unread
    FROM changed GROUP BY recipient_id
)
UPDATE inbox_mailbox box SET seq = box.seq + 1, unread = box.unread + tally.unread
FROM tally WHERE box.user_id = tally.recipient_id
RETURNING box.user_id, box.seq, box.unread, tally.ids

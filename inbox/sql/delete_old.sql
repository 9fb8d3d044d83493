-- A page of alerts in the order of their ids, of which the old ones that were read go for good.
-- Kept: what is critical and was neither taken nor withdrawn, what is put aside for later, and
-- what somebody is changing at this moment. Says where the page ended; NULL: there is no more.
WITH page AS (
    SELECT id, recipient_id, event_id, level, read_at, snoozed_until, acknowledged_at
    FROM inbox_notification WHERE id > %(after)s AND created_at < %(before)s
    ORDER BY id LIMIT %(page)s
), old AS (
    SELECT note.id FROM inbox_notification AS note JOIN page ON page.id = note.id
    WHERE note.read_at < %(before)s AND note.snoozed_until IS NULL AND (
        note.level <> 'critical' OR note.acknowledged_at IS NOT NULL
        OR EXISTS (SELECT FROM wards_withdrawal AS back WHERE back.event_id = note.event_id)
    )
    FOR UPDATE OF note SKIP LOCKED
), gone AS (
    DELETE FROM inbox_notification WHERE %(really)s AND id IN (SELECT id FROM old)
)
SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM old)

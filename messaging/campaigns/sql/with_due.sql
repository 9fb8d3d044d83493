-- The bulk sends with messages for which something is to be done, by a look at the index each.
WITH RECURSIVE due AS (
    SELECT min(bulk_id) AS id FROM messaging_message WHERE bulk_id > 0 AND due_at IS NOT NULL
    UNION ALL
    SELECT (
        SELECT min(bulk_id) FROM messaging_message WHERE bulk_id > due.id AND due_at IS NOT NULL
    ) FROM due WHERE due.id IS NOT NULL
)
SELECT id FROM due WHERE id IS NOT NULL

-- Numbers, counts and inserts alerts; makes missing mailboxes.
WITH numbered AS (
    INSERT INTO inbox_mailbox AS box (user_id, seq, unread)
    SELECT user_id, n, n FROM unnest(%(users)s::bigint[], %(counts)s::int[]) AS new (user_id, n)
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE
    SET seq = box.seq + excluded.seq, unread = box.unread + excluded.unread
    RETURNING user_id, seq, unread
), inserted AS (
    INSERT INTO inbox_notification (
        hospital_id, event_id, created_at, recipient_id, seq,
        category, level, title, message, link, acknowledge_comment
    )
    SELECT (%(hospitals)s::bigint[])[wording], (%(events)s::bigint[])[wording],
           (%(times)s::timestamptz[])[wording], user_id, seq - later,
           (%(categories)s::text[])[wording], (%(levels)s::text[])[wording],
           (%(titles)s::text[])[wording], (%(messages)s::text[])[wording],
           (%(links)s::text[])[wording], ''
    FROM numbered JOIN unnest(%(recipients)s::bigint[], %(wordings)s::int[], %(later)s::int[])
         WITH ORDINALITY AS recipient (user_id, wording, later, place) USING (user_id)
    ORDER BY place -- ids follow seqs: pages list by id
    RETURNING id, recipient_id, seq
)
SELECT recipient_id, id, inserted.seq, numbered.seq, numbered.unread
FROM inserted JOIN numbered ON user_id = recipient_id

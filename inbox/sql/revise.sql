-- Tells the alerts of results anew: in the row that a recipient has of the result, or a new one.
WITH wording AS (
    SELECT * FROM unnest(
        %(results)s::bigint[], %(rings)s::bool[], %(takes)s::bool[], %(hospitals)s::bigint[],
        %(events)s::bigint[], %(times)s::timestamptz[], %(categories)s::text[], %(levels)s::text[],
        %(titles)s::text[], %(messages)s::text[], %(links)s::text[]
    ) WITH ORDINALITY AS w (
        result_id, rings, takes, hospital_id, event_id, at, category, level,
        title, message, link, number
    )
), wanted AS (
    SELECT wording.*, recipient.user_id, recipient.place, n.id, n.read_at IS NULL AS was_unread
    FROM unnest(%(users)s::bigint[], %(wordings)s::int[])
         WITH ORDINALITY AS recipient (user_id, number, place)
    JOIN wording USING (number)
    LEFT JOIN inbox_notification n
         ON n.recipient_id = recipient.user_id AND n.result_id = wording.result_id
    WHERE n.id IS NULL OR n.event_id < wording.event_id
), taken AS ( -- by one of those who were told before
    SELECT DISTINCT ON (n.result_id) n.result_id, n.acknowledged_at AS at,
           n.acknowledged_by_id AS by, n.acknowledge_comment AS comment
    FROM inbox_notification n
    WHERE n.result_id IN (SELECT result_id FROM wording) AND n.acknowledged_at IS NOT NULL
    ORDER BY n.result_id, n.acknowledged_at
), counted AS (
    SELECT *, (id IS NULL OR (rings AND NOT was_unread))::int AS more,
           row_number() OVER (PARTITION BY user_id ORDER BY place) AS nth
    FROM wanted
), tally AS (
    SELECT user_id, count(*) AS n, sum(more) AS more FROM counted GROUP BY user_id
), box AS (
    UPDATE inbox_mailbox AS box SET seq = box.seq + n, unread = box.unread + more
    FROM tally WHERE box.user_id = tally.user_id
    RETURNING box.user_id, box.seq - n AS seq_before, box.unread - more AS unread_before
), numbered AS (
    SELECT counted.*, seq_before + nth AS seq,
           unread_before + sum(more) OVER (PARTITION BY user_id ORDER BY nth) AS unread
    FROM counted JOIN box USING (user_id)
), revised AS (
    UPDATE inbox_notification AS n SET
        event_id = new.event_id, seq = new.seq, category = new.category, level = new.level,
        title = new.title, message = new.message, link = new.link,
        created_at = CASE WHEN new.rings THEN new.at ELSE n.created_at END,
        seen_at = CASE WHEN new.rings THEN NULL ELSE n.seen_at END,
        read_at = CASE WHEN new.rings THEN NULL ELSE n.read_at END,
        archived_at = CASE WHEN new.rings THEN NULL ELSE n.archived_at END,
        snoozed_until = CASE WHEN new.rings THEN NULL ELSE n.snoozed_until END,
        acknowledged_at = CASE WHEN new.takes THEN NULL ELSE n.acknowledged_at END,
        acknowledged_by_id = CASE WHEN new.takes THEN NULL ELSE n.acknowledged_by_id END,
        acknowledge_comment = CASE WHEN new.takes THEN '' ELSE n.acknowledge_comment END
    FROM numbered new WHERE n.id = new.id
    RETURNING n.id, n.recipient_id, n.seq, NOT new.rings AS silent,
              n.acknowledged_at, n.acknowledged_by_id, n.acknowledge_comment
), inserted AS (
    INSERT INTO inbox_notification (
        hospital_id, result_id, event_id, created_at, recipient_id, seq,
        category, level, title, message, link,
        acknowledged_at, acknowledged_by_id, acknowledge_comment
    )
    SELECT hospital_id, new.result_id, event_id, new.at, user_id, seq,
           category, level, title, message, link,
           taken.at, taken.by, coalesce(taken.comment, '')
    FROM numbered new LEFT JOIN taken ON taken.result_id = new.result_id
         AND new.level = 'critical' AND NOT new.takes
    WHERE id IS NULL
    ORDER BY place -- ids follow seqs: pages list by id
    RETURNING id, recipient_id, seq, false AS silent,
              acknowledged_at, acknowledged_by_id, acknowledge_comment
), written AS (
    SELECT * FROM revised UNION ALL SELECT * FROM inserted
)
SELECT recipient_id, written.id, written.seq, numbered.unread, numbered.number::int,
       written.silent, acknowledged_at,
       coalesce(nullif(trim(taker.first_name || ' ' || taker.last_name), ''), taker.username),
       acknowledge_comment
FROM written
JOIN numbered ON user_id = recipient_id AND numbered.seq = written.seq
LEFT JOIN wards_user taker ON taker.id = acknowledged_by_id
ORDER BY written.seq

-- The mailbox of each who asks, and the alerts (rows) they are to have; of one moment.
-- The kind is looked up for each row: a join of many asks would read the whole table of events.
SELECT asked.number, (SELECT /* epoch */), coalesce(box.seq, 0), coalesce(box.unread, 0),
       n.id, n.seq, (SELECT kind FROM wards_event WHERE id = n.event_id), n.category, n.level,
       n.title, n.message, n.link, n.created_at, n.read_at, n.acknowledged_at,
       coalesce(nullif(trim(acker.first_name || ' ' || acker.last_name), ''), acker.username),
       n.acknowledge_comment, n.archived_at, n.snoozed_until
FROM unnest(%(users)s::bigint[], %(since)s::bigint[])
     WITH ORDINALITY AS asked (user_id, since, number)
LEFT JOIN inbox_mailbox box ON box.user_id = asked.user_id
LEFT JOIN LATERAL (/* rows */) n ON true
LEFT JOIN wards_user acker ON acker.id = n.acknowledged_by_id
ORDER BY asked.number, n./* order */

-- What the messages of a source add to each cell of the tallies; its `n` is 1 for those that are
-- there and -1 for those that no longer are. Migration 0006 of messaging says which cubes there
-- are. Grouped three times, from what is cheap to what is dear: as they are (those of a bulk send
-- are much alike), by what is worked out of that, and by cell, so that what messages mean for seven
-- cubes is worked out for a few and not for thousands of them.
INSERT INTO messaging_tally (hospital_id, /* columns */, messages, parts, cost, loose, whole_month)
WITH alike AS (
    SELECT hospital_id, channel, status, version_id, provider, country, bulk_id, variant, reason,
           currency, cost IS NOT NULL AS priced, topic = 'staff' AS staff,
           created_at, sent_at, delivered_at, read_at,
           sum(n) AS messages, sum(n * parts) AS parts, coalesce(sum(n * cost), 0) AS cost
    FROM (/* source */) AS message
    GROUP BY hospital_id, channel, status, version_id, provider, country, bulk_id, variant, reason,
             currency, priced, staff, created_at, sent_at, delivered_at, read_at
), moved AS (
    SELECT hospital_id, day, channel, status, version_id, provider, country, reason, currency,
           priced, hour, soon, wait, bulk_id, variant,
           sum(messages) AS messages, sum(parts) AS parts, sum(cost) AS cost
    FROM (
        SELECT m.hospital_id, m.channel, m.status, m.version_id, m.provider, m.country, m.bulk_id,
               m.priced, m.messages, m.parts, m.cost,
               (m.created_at AT TIME ZONE h.timezone)::date AS day,
               CASE WHEN m.status IN ('failed', 'bounced', 'cancelled', 'suppressed')
                    THEN left(split_part(m.reason, ':', 1), 64) ELSE '' END AS reason,
               CASE WHEN m.priced THEN m.currency ELSE '' END AS currency,
               CASE WHEN NOT m.staff THEN
                    extract(hour FROM m.sent_at AT TIME ZONE h.timezone)::smallint END AS hour,
               (CASE WHEN m.delivered_at <= m.sent_at + interval '10 minutes' THEN 1 ELSE 0 END
                + CASE WHEN m.read_at <= m.sent_at + interval '1 hour' THEN 2 ELSE 0 END
               )::smallint AS soon,
               CASE WHEN m.delivered_at IS NOT NULL AND m.sent_at IS NOT NULL THEN floor(
                    ln(greatest(extract(epoch FROM m.delivered_at - m.sent_at)::float8, 0.1))
                    / ln(1.1::float8))::smallint END AS wait,
               CASE WHEN m.bulk_id IS NOT NULL THEN m.variant END AS variant
        FROM alike AS m JOIN wards_hospital AS h ON h.id = m.hospital_id
    ) AS each
    GROUP BY hospital_id, day, channel, status, version_id, provider, country, reason, currency,
             priced, hour, soon, wait, bulk_id, variant
    HAVING sum(messages) <> 0 OR sum(parts) <> 0 OR sum(cost) <> 0
)
SELECT hospital_id, /* cell */, sum(cell.messages), sum(cell.parts), sum(cell.cost), true, false
FROM moved CROSS JOIN LATERAL (VALUES
    /* cubes */
) AS cell (present, /* columns */, messages, parts, cost)
WHERE present
GROUP BY hospital_id, /* cell */
HAVING sum(cell.messages) <> 0 OR sum(cell.parts) <> 0 OR sum(cell.cost) <> 0

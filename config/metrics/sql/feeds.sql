-- Each active feed by its newest messages: how old the last is, and the oldest that waits;
-- how many were refused; when it may be silent.
SELECT feed.id, max(newest.received_at), now(),
    extract(epoch FROM now() - max(newest.received_at)),
    coalesce(extract(epoch FROM
        now() - min(newest.received_at) FILTER (WHERE newest.status = 'received')), 0),
    count(*) FILTER (WHERE newest.status IN ('AE', 'AR')),
    feed.silent_after, feed.silent_from, feed.silent_until, hospital.timezone
FROM wards_feed AS feed JOIN wards_hospital AS hospital ON hospital.id = feed.hospital_id
CROSS JOIN LATERAL (
    SELECT received_at, status FROM wards_hl7message
    WHERE feed_id = feed.id ORDER BY id DESC LIMIT %(newest)s
) AS newest
WHERE feed.is_active
GROUP BY feed.id, hospital.timezone

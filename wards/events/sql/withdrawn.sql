-- What events take back, with what that had taken back itself, and so on.
WITH RECURSIVE gone (id, by) AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(by)s::bigint[])
    UNION
    SELECT earlier.event_id, gone.by
    FROM wards_withdrawal AS earlier JOIN gone ON earlier.by_id = gone.id
)
SELECT id, by FROM gone

-- Takes the periodic tasks that are due, or new; each goes to one of those who ask.
WITH task (name, seconds) AS (
    SELECT * FROM unnest(%s::text[], %s::float8[])
), added AS (
    INSERT INTO wards_periodictask (name, last_run_at)
    SELECT name, clock_timestamp() FROM task
    WHERE NOT EXISTS (SELECT FROM wards_periodictask AS known WHERE known.name = task.name)
    ON CONFLICT DO NOTHING
    RETURNING name
), due AS (
    SELECT known.name FROM wards_periodictask AS known JOIN task USING (name)
    WHERE known.last_run_at <= clock_timestamp() - make_interval(secs => task.seconds)
        OR known.last_run_at > clock_timestamp()
    FOR UPDATE OF known SKIP LOCKED
), begun AS (
    UPDATE wards_periodictask AS known SET last_run_at = clock_timestamp()
    FROM due WHERE known.name = due.name
    RETURNING known.name
)
SELECT name FROM added UNION ALL SELECT name FROM begun

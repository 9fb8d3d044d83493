-- messaging_fold: adds what was counted since to the days and months. One at a time adds up, or
-- counts afresh; who only reads or sends messages waits for neither.
CREATE FUNCTION messaging_fold() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE folded bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('messaging_tally')) THEN RETURN 0; END IF;
    WITH gone AS (DELETE FROM messaging_tally WHERE loose RETURNING *),
    added AS (
        INSERT INTO messaging_tally AS t
            (hospital_id, /* columns */, whole_month, messages, parts, cost, loose)
        SELECT hospital_id, /* cell */, of.whole_month, sum(messages), sum(parts), sum(cost), false
        FROM gone CROSS JOIN LATERAL
            (VALUES (false, gone.day), (true, date_trunc('month', gone.day)::date))
            AS of (whole_month, day)
        WHERE NOT (of.whole_month AND of.day IS NULL)
        GROUP BY hospital_id, /* cell */, of.whole_month
        HAVING sum(messages) <> 0 OR sum(parts) <> 0 OR sum(cost) <> 0
        ON CONFLICT (hospital_id, /* columns */, whole_month) WHERE NOT loose DO UPDATE
        SET messages = t.messages + EXCLUDED.messages, parts = t.parts + EXCLUDED.parts,
            cost = t.cost + EXCLUDED.cost
    )
    SELECT count(*) INTO folded FROM gone;
    DELETE FROM messaging_tally WHERE NOT loose AND messages = 0;
    RETURN folded;
END $$;

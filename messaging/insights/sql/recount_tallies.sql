-- messaging_recount: counts the messages of a hospital afresh, also when its time zone changes.
-- While it counts, messages of no hospital move: what moved meanwhile would be counted in one zone
-- and taken back in another.
CREATE FUNCTION messaging_recount(which bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('messaging_tally'));
    LOCK TABLE messaging_message IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM messaging_tally WHERE hospital_id = which;
    /* count */;
END $$;
CREATE FUNCTION messaging_recount_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM messaging_recount(NEW.id); RETURN NULL; END $$;
CREATE TRIGGER a_zone_has_its_own_days AFTER UPDATE OF timezone ON wards_hospital
FOR EACH ROW WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone)
EXECUTE FUNCTION messaging_recount_zone();

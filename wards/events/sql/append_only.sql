-- Refuses whatever would change or delete an event: the audit trail cannot be rewritten, not even
-- by a mistake in our own code.
CREATE FUNCTION wards_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wards_event is append-only';
END $$;
CREATE TRIGGER wards_event_is_append_only BEFORE UPDATE OR DELETE ON wards_event
FOR EACH ROW EXECUTE FUNCTION wards_event_is_append_only();

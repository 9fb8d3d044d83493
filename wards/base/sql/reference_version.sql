-- The version of the reference data: the number of the last transaction that changed one of them.
-- Triggers (reference_triggers.sql) keep it.
CREATE TABLE wards_reference (version bigint NOT NULL);
INSERT INTO wards_reference VALUES (1);
CREATE FUNCTION wards_reference_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE wards_reference SET version = pg_current_xact_id()::text::bigint
    WHERE version <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END $$;

-- Counts what a statement changes about messages, in the same transaction. A statement that
-- changes nothing that is counted (a lease, an attempt) cancels itself out and writes nothing.
CREATE FUNCTION messaging_tally_/* name */() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN /* count */; RETURN NULL; END $$;
CREATE TRIGGER messages_are_tallied_/* name */ AFTER /* name */ ON messaging_message
REFERENCING /* tables */ FOR EACH STATEMENT EXECUTE FUNCTION messaging_tally_/* name */();

"""The audit trail cannot be rewritten, not even by a mistake in our own code."""

from django.db import migrations

FORBID = """
CREATE FUNCTION wards_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wards_event is append-only';
END $$;
CREATE TRIGGER wards_event_is_append_only BEFORE UPDATE OR DELETE ON wards_event
FOR EACH ROW EXECUTE FUNCTION wards_event_is_append_only();
"""
ALLOW = """
DROP TRIGGER wards_event_is_append_only ON wards_event;
DROP FUNCTION wards_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("wards", "0001_initial")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]

"""The audit trail cannot be rewritten, not even by a mistake in our own code."""

from django.db import migrations

from wards.base import sql

ALLOW = """
DROP TRIGGER wards_event_is_append_only ON wards_event;
DROP FUNCTION wards_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("wards", "0001_initial")]

    operations = [sql.run("wards/events/sql/append_only.sql", ALLOW)]

"""`A;=HYPERLINK(0)` is a formula where spreadsheets separate by semicolons: guarded, too."""

from django.db import migrations

from wards.base import sql

BEFORE = """
CREATE OR REPLACE FUNCTION wards_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN ascii(cell) IN (61, 43, 45, 64, 9, 13) THEN '''' || cell ELSE cell END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("wards", "0012_hospitals_have_feeds")]
    operations = [sql.run("wards/operations/sql/cell.sql", BEFORE)]

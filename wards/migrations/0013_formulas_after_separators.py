"""`A;=HYPERLINK(0)` is a formula where spreadsheets separate by semicolons: guarded, too."""

from django.db import migrations

CELL = r"""
CREATE OR REPLACE FUNCTION wards_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- = + - @ tab and carriage return begin a formula: of the cell, or behind what may end one
    SELECT CASE WHEN ascii(cell) IN (61, 43, 45, 64, 9, 13) THEN '''' ELSE '' END
        || CASE WHEN cell ~ '[;\t\n\r][\s"]*[=+@-]'
            THEN regexp_replace(cell, '([;\t\n\r][\s"]*)(?=[=+@-])', '\1''', 'g') ELSE cell END
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION wards_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN ascii(cell) IN (61, 43, 45, 64, 9, 13) THEN '''' || cell ELSE cell END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("wards", "0012_hospitals_have_feeds")]
    operations = [migrations.RunSQL(CELL, BEFORE)]

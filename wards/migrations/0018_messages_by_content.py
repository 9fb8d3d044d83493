"""Messages are told apart by control id and content; what changes reference data says so."""

from django.db import migrations, models
from django.db.models import Q

from wards.base import sql

# As wards.hl7.storing.digest: without the first line, line ends alike.
DIGEST = r"""
UPDATE wards_hl7message AS message SET digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')
FROM (
    SELECT id, CASE WHEN raw ~ '[\r\n]'
        THEN regexp_replace(regexp_replace(raw, '^[^\r\n]*[\r\n]+', ''), '[\r\n]+', E'\n', 'g')
        ELSE '' END AS content
    FROM wards_hl7message
) AS cut
WHERE cut.id = message.id
"""
# And the column that changes with every message or sign-in, and is never remembered.
TABLES = {
    "hospital": "",
    "feed": "last_message_at",
    "ward": "",
    "bed": "status",
    "criticallimit": "",
    "laboratoryflag": "",
    "user": "last_login",
    "identifier": "",
}
DROP = """
DROP TRIGGER wards_reference_changed ON wards_{table};
DROP TRIGGER wards_reference_updated ON wards_{table};
DROP TRIGGER wards_reference_deleted ON wards_{table};
DROP TRIGGER wards_reference_emptied ON wards_{table};
"""
# Patients, their users and their numbers come by the thousand, and are never remembered.
MATTERS = {"user": "{row}.role <> 'patient'", "identifier": "{row}.of <> 'patient'"}


def watch(table: str, unwatched: str) -> migrations.RunSQL:
    """Has triggers watch one table."""
    matters = MATTERS.get(table, "true")
    old, new = (f"to_jsonb({row}) - '{unwatched}'" for row in ("OLD", "NEW"))
    either = " OR ".join(matters.format(row=row) for row in ("OLD", "NEW"))
    return sql.run(
        "wards/base/sql/reference_triggers.sql",
        DROP.format(table=table),
        table=table,
        inserted=f"WHEN ({matters.format(row='NEW')})",
        updated=f"WHEN (({either}) AND {old} IS DISTINCT FROM {new})",
        deleted=f"WHEN ({matters.format(row='OLD')})",
    )


class Migration(migrations.Migration):
    dependencies = [("wards", "0017_letters_of_results")]

    operations = [
        migrations.AddField(
            "hl7message",
            "digest",
            models.CharField(
                blank=True,
                default="",
                help_text="SHA-256 of what follows the header.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("hl7message", "hl7_control_id_once_a_sender"),
        migrations.RunSQL(DIGEST, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "hl7message",
            models.UniqueConstraint(
                condition=~Q(control_id=""),
                fields=["sending_application", "sending_facility", "control_id", "digest"],
                name="hl7_message_once_a_sender",
            ),
        ),
        sql.run(
            "wards/base/sql/reference_version.sql",
            "DROP FUNCTION wards_reference_changed; DROP TABLE wards_reference",
        ),
        *(watch(table, unwatched) for table, unwatched in TABLES.items()),
    ]

"""Messages are told apart by control id and content; what changes reference data says so."""

from django.db import migrations, models
from django.db.models import Q

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
VERSION = """
CREATE TABLE wards_reference (version bigint NOT NULL);
INSERT INTO wards_reference VALUES (1);
CREATE FUNCTION wards_reference_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE wards_reference SET version = pg_current_xact_id()::text::bigint
    WHERE version <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END $$;
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
CREATE = """
CREATE TRIGGER wards_reference_changed AFTER INSERT ON wards_{table}
FOR EACH ROW {inserted} EXECUTE FUNCTION wards_reference_changed();
CREATE TRIGGER wards_reference_updated AFTER UPDATE ON wards_{table}
FOR EACH ROW {updated} EXECUTE FUNCTION wards_reference_changed();
CREATE TRIGGER wards_reference_deleted AFTER DELETE ON wards_{table}
FOR EACH ROW {deleted} EXECUTE FUNCTION wards_reference_changed();
CREATE TRIGGER wards_reference_emptied AFTER TRUNCATE ON wards_{table}
FOR EACH STATEMENT EXECUTE FUNCTION wards_reference_changed();
"""
DROP = """
DROP TRIGGER wards_reference_changed ON wards_{table};
DROP TRIGGER wards_reference_updated ON wards_{table};
DROP TRIGGER wards_reference_deleted ON wards_{table};
DROP TRIGGER wards_reference_emptied ON wards_{table};
"""
# Patients, their users and their numbers come by the thousand, and are never remembered.
MATTERS = {"user": "{row}.role <> 'patient'", "identifier": "{row}.of <> 'patient'"}


def triggers(table: str, unwatched: str) -> str:
    """The statements that watch one table."""
    matters = MATTERS.get(table, "true")
    old, new = (f"to_jsonb({row}) - '{unwatched}'" for row in ("OLD", "NEW"))
    either = " OR ".join(matters.format(row=row) for row in ("OLD", "NEW"))
    return CREATE.format(
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
        migrations.RunSQL(
            VERSION, "DROP FUNCTION wards_reference_changed; DROP TABLE wards_reference"
        ),
        *(
            migrations.RunSQL(triggers(table, unwatched), DROP.format(table=table))
            for table, unwatched in TABLES.items()
        ),
    ]

"""The same content under another type, or told for practice, is another message."""

from django.db import migrations, models

# As wards.hl7.storing: of what a sender may still repeat. The rows of older messages keep theirs,
# which nothing equals any more.
DIGEST = r"""
UPDATE wards_hl7message AS message SET digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')
FROM (
    SELECT id, message_type || E'\n' || processing || CASE WHEN raw ~ '[\r\n]'
        THEN regexp_replace(regexp_replace(raw, '^[^\r\n]*', ''), '[\r\n]+', E'\n', 'g')
        ELSE '' END AS content
    FROM wards_hl7message WHERE received_at > now() - interval '7 days'
) AS cut
WHERE cut.id = message.id
"""


class Migration(migrations.Migration):
    dependencies = [("wards", "0020_periodic_tasks")]

    operations = [
        migrations.AlterField(
            "hl7message",
            "digest",
            models.CharField(
                blank=True,
                help_text="SHA-256 of MSH-9, MSH-11 and what follows the header.",
                max_length=64,
            ),
        ),
        migrations.RunSQL(DIGEST, migrations.RunSQL.noop),
    ]

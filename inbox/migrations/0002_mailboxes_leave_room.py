"""Half of each page of mailboxes stays free, so that counting up rewrites no index (HOT updates)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE inbox_mailbox SET (fillfactor = 50)",
            "ALTER TABLE inbox_mailbox RESET (fillfactor)",
        )
    ]

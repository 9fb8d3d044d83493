"""An index of the critical alerts that nobody has taken: few rows, read with every snapshot."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # alerts go on being written meanwhile

    dependencies = [("inbox", "0003_feeds_identity_and_results")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                condition=models.Q(level="critical", acknowledged_at=None, archived_at=None),
                fields=["recipient"],
                name="inbox_untaken",
            ),
        )
    ]

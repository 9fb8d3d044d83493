"""What each process measures of itself goes with its sign of life; null from older programs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wards", "0022_due_by_the_clock")]

    operations = [
        migrations.AddField(
            "heartbeat",
            "figures",
            models.JSONField(
                help_text="What the process measures of itself.",
                null=True,
                verbose_name="figures",
            ),
        )
    ]

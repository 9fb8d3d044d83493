"""Ends that came too late are kept, so that what takes one back makes sense in any order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wards", "0023_figures_of_processes")]

    operations = [
        migrations.AddField(
            "stayfact",
            "is_late",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="An end that is older than a transfer: it counts once it is taken back.",
                verbose_name="came too late",
            ),
        )
    ]

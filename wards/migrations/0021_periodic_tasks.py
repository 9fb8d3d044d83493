"""Periodic tasks are claimed by rows. The old release knows nothing of the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wards", "0018_messages_by_content"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeriodicTask",
            fields=[
                (
                    "name",
                    models.CharField(
                        max_length=100, primary_key=True, serialize=False, verbose_name="task"
                    ),
                ),
                (
                    "last_run_at",
                    models.DateTimeField(
                        help_text="By the database's clock.", verbose_name="last begun"
                    ),
                ),
            ],
            options={
                "verbose_name": "periodic task",
                "verbose_name_plural": "periodic tasks",
                "ordering": ["name"],
            },
        ),
    ]

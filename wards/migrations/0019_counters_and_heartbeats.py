"""What is counted and who is alive is in PostgreSQL: seen and counted without Redis."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wards", "0018_messages_by_content"),
    ]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "key",
                    models.CharField(
                        max_length=200,
                        primary_key=True,
                        serialize=False,
                        verbose_name="what is counted",
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="count")),
                ("ends_at", models.DateTimeField(db_index=True, verbose_name="counts until")),
            ],
            options={
                "verbose_name": "counter",
                "verbose_name_plural": "counters",
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("part", models.CharField(max_length=20, verbose_name="part")),
                (
                    "process",
                    models.CharField(
                        help_text="Machine and number.", max_length=120, verbose_name="process"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        help_text="By the database's clock.", verbose_name="last sign of life"
                    ),
                ),
                (
                    "said_at",
                    models.DateTimeField(
                        help_text="By the process's own clock.", verbose_name="said at"
                    ),
                ),
            ],
            options={
                "verbose_name": "sign of life",
                "verbose_name_plural": "signs of life",
                "ordering": ["part", "process"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("part", "process"), name="heartbeat_once_a_process"
                    )
                ],
            },
        ),
    ]

"""Periodic tasks are claimed by rows; what is written has the database's time.

The old release knows nothing of the table, and goes on beside it.
"""

from django.db import migrations, models

import wards.base.clock


class Migration(migrations.Migration):
    dependencies = [
        ("wards", "0019_counters_and_heartbeats"),
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
        # In Python alone: these say when something was by the database's clock.
        migrations.AlterField(
            model_name="admission",
            name="admitted_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="admitted"),
        ),
        migrations.AlterField(
            model_name="admission",
            name="changed_at",
            field=models.DateTimeField(
                default=wards.base.clock.now,
                help_text="When its last change happened, by the clock of who told us.",
                verbose_name="last change",
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="changed_at",
            field=models.DateTimeField(
                default=wards.base.clock.now,
                help_text="When its last change happened, by the clock of who told us.",
                verbose_name="last change",
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="bulkoperation",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="discharge",
            name="at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="at"),
        ),
        migrations.AlterField(
            model_name="event",
            name="at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="at"),
        ),
        migrations.AlterField(
            model_name="feednote",
            name="first_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="first"),
        ),
        migrations.AlterField(
            model_name="feednote",
            name="last_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="last"),
        ),
        migrations.AlterField(
            model_name="hl7message",
            name="received_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="received"),
        ),
        migrations.AlterField(
            model_name="identityquestion",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="asked"),
        ),
        migrations.AlterField(
            model_name="outbox",
            name="retry_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="next attempt"),
        ),
        migrations.AlterField(
            model_name="result",
            name="changed_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="changed"),
        ),
        migrations.AlterField(
            model_name="result",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="received"),
        ),
        migrations.AlterField(
            model_name="resultversion",
            name="at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="received"),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="at"),
        ),
    ]

import datetime

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_rests"),
        ("wards", "0009_new_kinds_need_no_migration"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="messagelog",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="message_steps_by_time"
            ),
        ),
        migrations.AddField(
            model_name="providerstate",
            name="unreachable_since",
            field=models.DateTimeField(
                blank=True,
                help_text="People have been told.",
                null=True,
                verbose_name="unreachable since",
            ),
        ),
        migrations.CreateModel(
            name="MessagingPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quiet_from",
                    models.TimeField(
                        default=datetime.time(21, 0),
                        help_text="In the hospital's time zone. The same time twice: no quiet hours.",
                        verbose_name="quiet from",
                    ),
                ),
                (
                    "quiet_until",
                    models.TimeField(
                        default=datetime.time(8, 0),
                        help_text="SMS and WhatsApp that are not urgent wait until then.",
                        verbose_name="quiet until",
                    ),
                ),
                (
                    "failure_limit",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Where more of the recent messages fail, front desk and admins are told.",
                        verbose_name="failure limit (%)",
                    ),
                ),
                (
                    "failing_since",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="failing since"
                    ),
                ),
                (
                    "hospital",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messaging_policy",
                        to="wards.hospital",
                        verbose_name="hospital",
                    ),
                ),
            ],
            options={
                "verbose_name": "messaging policy",
                "verbose_name_plural": "messaging policies",
            },
        ),
    ]

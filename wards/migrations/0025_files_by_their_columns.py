"""What somebody said the columns of a file are is remembered, by hospital and header."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wards.base.clock


class Migration(migrations.Migration):
    dependencies = [("wards", "0024_late_ends")]

    operations = [
        migrations.CreateModel(
            name="ColumnMatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purpose", models.CharField(max_length=20, verbose_name="purpose")),
                (
                    "signature",
                    models.CharField(
                        help_text="A digest of it.", max_length=64, verbose_name="header"
                    ),
                ),
                (
                    "columns",
                    models.JSONField(
                        help_text="Of each column of the file, ours.", verbose_name="columns"
                    ),
                ),
                (
                    "matched_at",
                    models.DateTimeField(default=wards.base.clock.now, verbose_name="matched at"),
                ),
                (
                    "hospital",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="column_matches",
                        to="wards.hospital",
                    ),
                ),
                (
                    "matched_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="matched by",
                    ),
                ),
            ],
            options={
                "verbose_name": "match of columns",
                "verbose_name_plural": "matches of columns",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hospital", "purpose", "signature"), name="one_match_of_a_header"
                    )
                ],
            },
        )
    ]

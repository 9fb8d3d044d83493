import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Names in code only: tables and columns keep theirs, which triggers and functions know."""

    dependencies = [
        ("messaging", "0012_message_counters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("BulkSend", "Campaign"),
                migrations.RenameModel("BulkVariant", "CampaignVariant"),
                migrations.RenameModel("BulkRecipient", "CampaignRecipient"),
                migrations.AlterModelTable("campaign", "messaging_bulksend"),
                migrations.AlterModelTable("campaignvariant", "messaging_bulkvariant"),
                migrations.AlterModelTable("campaignrecipient", "messaging_bulkrecipient"),
                migrations.RenameField("campaignvariant", "bulk", "campaign"),
                migrations.RenameField("campaignrecipient", "bulk", "campaign"),
                migrations.RenameField("message", "bulk", "campaign"),
                migrations.RenameField("messagecounter", "bulk", "campaign"),
                migrations.AlterField(
                    "campaignvariant",
                    "campaign",
                    models.ForeignKey(
                        "messaging.campaign",
                        django.db.models.deletion.CASCADE,
                        related_name="variants",
                        db_column="bulk_id",
                    ),
                ),
                migrations.AlterField(
                    "campaignrecipient",
                    "campaign",
                    models.ForeignKey(
                        "messaging.campaign",
                        django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        db_column="bulk_id",
                        db_index=False,
                        db_constraint=False,
                    ),
                ),
                migrations.AlterField(
                    "message",
                    "campaign",
                    models.ForeignKey(
                        "messaging.campaign",
                        django.db.models.deletion.PROTECT,
                        null=True,
                        blank=True,
                        related_name="messages",
                        db_column="bulk_id",
                        db_index=False,
                    ),
                ),
                migrations.AlterField(
                    "messagecounter",
                    "campaign",
                    models.ForeignKey(
                        "messaging.campaign",
                        django.db.models.deletion.DO_NOTHING,
                        null=True,
                        related_name="+",
                        db_column="bulk_id",
                        db_index=False,
                        db_constraint=False,
                    ),
                ),
                migrations.AlterModelOptions(
                    name="campaignrecipient",
                    options={
                        "ordering": ["campaign", "line"],
                        "verbose_name": "recipient of a bulk send",
                        "verbose_name_plural": "recipients of bulk sends",
                    },
                ),
                migrations.AlterModelOptions(
                    name="campaignvariant",
                    options={
                        "ordering": ["campaign", "number"],
                        "verbose_name": "variant of a bulk send",
                        "verbose_name_plural": "variants of bulk sends",
                    },
                ),
                migrations.RemoveConstraint(
                    model_name="campaignrecipient",
                    name="line_once_a_bulk",
                ),
                migrations.RemoveConstraint(
                    model_name="campaignvariant",
                    name="variant_number_once_a_bulk",
                ),
                migrations.RemoveConstraint(
                    model_name="messagecounter",
                    name="tally_one_row_a_cell",
                ),
                migrations.RemoveIndex(
                    model_name="message",
                    name="messages_of_bulk_due",
                ),
                migrations.RemoveIndex(
                    model_name="message",
                    name="messages_of_a_bulk",
                ),
                migrations.RemoveIndex(
                    model_name="message",
                    name="messages_due",
                ),
                migrations.RemoveIndex(
                    model_name="messagecounter",
                    name="tallies_of_a_bulk",
                ),
                migrations.AlterField(
                    model_name="campaign",
                    name="created_by",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="campaign",
                    name="hospital",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="wards.hospital",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("campaign", None), ("due_at__isnull", False)),
                        fields=["channel", "due_at"],
                        name="messages_due",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("campaign__isnull", False), ("due_at__isnull", False)),
                        fields=["campaign", "channel", "due_at"],
                        name="messages_of_bulk_due",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("campaign__isnull", False)),
                        fields=["campaign", "-id"],
                        name="messages_of_a_bulk",
                    ),
                ),
                migrations.AddIndex(
                    model_name="messagecounter",
                    index=models.Index(
                        condition=models.Q(("campaign__isnull", False)),
                        fields=["campaign"],
                        name="tallies_of_a_bulk",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="campaignrecipient",
                    constraint=models.UniqueConstraint(
                        fields=("campaign", "line"), name="line_once_a_bulk"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="campaignvariant",
                    constraint=models.UniqueConstraint(
                        fields=("campaign", "number"), name="variant_number_once_a_bulk"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="messagecounter",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("loose", False)),
                        fields=(
                            "hospital",
                            "cube",
                            "whole_month",
                            "day",
                            "channel",
                            "status",
                            "version",
                            "provider",
                            "country",
                            "reason",
                            "currency",
                            "hour",
                            "soon",
                            "wait",
                            "campaign",
                            "variant",
                        ),
                        name="tally_one_row_a_cell",
                        nulls_distinct=False,
                    ),
                ),
            ]
        )
    ]

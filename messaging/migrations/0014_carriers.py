from django.db import migrations, models


class Migration(migrations.Migration):
    """Who carries messages is a carrier, a provider is a clinician. Columns keep their names."""

    dependencies = [("messaging", "0013_campaigns")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("ProviderState", "CarrierState"),
                migrations.AlterModelTable("carrierstate", "messaging_providerstate"),
            ]
        ),
        migrations.AlterModelOptions(
            name="carrierstate",
            options={"verbose_name": "carrier state", "verbose_name_plural": "carrier states"},
        ),
        migrations.AlterField(
            model_name="carrierstate",
            name="name",
            field=models.CharField(
                max_length=20, primary_key=True, serialize=False, verbose_name="carrier"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="attempts",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="In all; counted before the carrier is called.",
                verbose_name="attempts",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="provider",
            field=models.CharField(blank=True, max_length=20, verbose_name="carrier"),
        ),
        migrations.AlterField(
            model_name="message",
            name="provider_id",
            field=models.CharField(blank=True, max_length=200, verbose_name="the carrier's id"),
        ),
        migrations.AlterField(
            model_name="messagecounter",
            name="provider",
            field=models.CharField(blank=True, max_length=20, verbose_name="carrier"),
        ),
        migrations.AlterField(
            model_name="messagelog",
            name="detail",
            field=models.CharField(
                blank=True,
                help_text="The carrier's answer, or why.",
                max_length=255,
                verbose_name="detail",
            ),
        ),
        migrations.AlterField(
            model_name="messagelog",
            name="provider",
            field=models.CharField(blank=True, max_length=20, verbose_name="carrier"),
        ),
        migrations.AlterField(
            model_name="price",
            name="provider",
            field=models.CharField(
                blank=True, help_text="Empty: any.", max_length=20, verbose_name="carrier"
            ),
        ),
    ]

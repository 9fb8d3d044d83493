from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_messages"),
    ]

    operations = [
        migrations.AddField(
            model_name="providerstate",
            name="rests",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Each is longer than the one before.",
                verbose_name="rests in a row",
            ),
        ),
        migrations.AlterField(
            model_name="providerstate",
            name="failures",
            field=models.PositiveIntegerField(default=0, verbose_name="failures in a row"),
        ),
    ]

from django.db import migrations, models

import wards.kinds


class Migration(migrations.Migration):
    dependencies = [
        ("wards", "0008_look_up_by_value"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(choices=wards.kinds.choices, max_length=40, verbose_name="kind"),
        ),
    ]

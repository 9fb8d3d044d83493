"""What is written has the database's time; a change in Python alone."""

from django.db import migrations, models

import wards.base.clock


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0010_recipients_unchecked"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bulksend",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="message",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="message",
            name="due_at",
            field=models.DateTimeField(
                blank=True, default=wards.base.clock.now, null=True, verbose_name="due"
            ),
        ),
        migrations.AlterField(
            model_name="messagelog",
            name="at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="at"),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="notificationpreference",
            name="changed_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="changed"),
        ),
        migrations.AlterField(
            model_name="providerstate",
            name="counted_at",
            field=models.DateTimeField(
                default=wards.base.clock.now, verbose_name="allowance as of"
            ),
        ),
        migrations.AlterField(
            model_name="savedfilter",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="templateversion",
            name="created_at",
            field=models.DateTimeField(default=wards.base.clock.now, verbose_name="created"),
        ),
    ]

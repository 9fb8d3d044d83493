from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wards", "0011_feeds_of_hospitals")]

    operations = [
        migrations.RemoveField(model_name="hospital", name="hl7_create_unknown"),
        migrations.RemoveField(model_name="hospital", name="hl7_facility"),
    ]

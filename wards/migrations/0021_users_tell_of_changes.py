"""The manager of users is ours now, and nothing that migrations need; no table changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wards", "0009_new_kinds_need_no_migration")]

    operations = [migrations.AlterModelManagers(name="user", managers=[])]

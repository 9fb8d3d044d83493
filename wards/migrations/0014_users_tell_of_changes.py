"""The manager of users is ours now, and nothing that migrations need; no table changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wards", "0013_formulas_after_separators")]

    operations = [migrations.AlterModelManagers(name="user", managers=[])]

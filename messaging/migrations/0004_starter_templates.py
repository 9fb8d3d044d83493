from django.db import migrations

from messaging.templates import default_templates


def install(apps, schema_editor):
    """Hospitals that exist already; new ones get theirs when they are made."""
    templates = apps.get_model("messaging", "MessageTemplate")
    versions = apps.get_model("messaging", "TemplateVersion")
    for hospital in apps.get_model("wards", "Hospital").objects.all():
        default_templates.install(hospital, templates=templates, versions=versions)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_policy")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

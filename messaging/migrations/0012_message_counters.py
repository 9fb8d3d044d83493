from django.db import migrations


class Migration(migrations.Migration):
    """The table keeps its name, which triggers and functions know."""

    dependencies = [("messaging", "0011_database_clock")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Tally", "MessageCounter"),
                migrations.AlterModelTable("messagecounter", "messaging_tally"),
                migrations.AlterModelOptions(
                    "messagecounter",
                    {
                        "verbose_name": "message counter",
                        "verbose_name_plural": "message counters",
                    },
                ),
            ]
        )
    ]

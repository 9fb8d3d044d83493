from django.db import migrations

from messaging.contacts.phones import country_of

TOGETHER = 5_000  # rows: each chunk is a transaction, so that nobody waits for long


def fill(apps, schema_editor):
    """The country of every number that was written before there was such a column.

    Goes by id, so it can be stopped and begun again; new rows bring their country themselves.
    """
    messages = apps.get_model("messaging", "Message").objects.order_by("pk")
    to_fill = messages.filter(channel__in=["sms", "whatsapp"], country="", address__startswith="+")
    last = 0
    while rows := list(to_fill.filter(pk__gt=last).values_list("pk", "address")[:TOGETHER]):
        last = rows[-1][0]
        by_country = {}
        for pk, address in rows:
            by_country.setdefault(country_of(address), []).append(pk)
        for country, pks in by_country.items():
            if country:
                messages.filter(pk__in=pks).order_by().update(country=country)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0007_bulk_sends_at_work")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

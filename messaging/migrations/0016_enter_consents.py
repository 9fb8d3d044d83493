"""What patients said by an answer or a link goes into the ledger, at the address they have today."""

from typing import Any

from django.db import migrations

from messaging.contacts import addresses, phones

BY_THEMSELVES = ("reply", "link")
GROUNDS = {"sms": "refused", "whatsapp": "refused", "email": "refused", "marketing": "news"}


def enter(apps: Any, schema_editor: Any) -> None:
    """The last word on each switch counts; what the front desk set stays with the person alone."""
    models = {
        name: apps.get_model("messaging", name) for name in ("AddressConsent", "ConsentChange")
    }
    Preference = apps.get_model("messaging", "NotificationPreference")
    last = _last_words(apps)
    for wish in Preference.objects.select_related("patient__hospital").iterator():
        for field, ground in GROUNDS.items():
            event = last.get((wish.patient_id, field))
            if event is None or getattr(wish, field) or event.data.get("how") not in BY_THEMSELVES:
                continue
            channel = "email" if field == "marketing" else field
            address = _address(wish.patient, channel)
            if address:
                _write(models, wish, channel, address, ground, event)


def _last_words(apps: Any) -> dict[tuple[int, str], Any]:
    """(patient, switch) -> the last event that set it."""
    changes = apps.get_model("wards", "Event").objects.filter(kind="patient.preferences_changed")
    return {
        (event.patient_id, field): event
        for event in changes.order_by("id").iterator()
        for field in event.data.get("set", ())
        if field in GROUNDS
    }


def _address(patient: Any, channel: str) -> str:
    """As `addresses.address_of`, of a model of then."""
    hospital = patient.hospital
    region = phones.country(hospital.phone, hospital.timezone)
    found = addresses.find(channel, patient.email, patient.phone, region)
    return addresses.canonical(channel, found.text) if isinstance(found, addresses.Address) else ""


def _write(models: Any, wish: Any, channel: str, address: str, ground: str, event: Any) -> None:
    source = "answer" if event.data["how"] == "reply" else "link"
    row, made = models["AddressConsent"].objects.get_or_create(
        hospital_id=wish.hospital_id,
        channel=channel,
        address=address,
        ground=ground,
        defaults={"stands": True, "since": event.at, "source": source},
    )
    if made:
        models["ConsentChange"].objects.create(consent=row, at=event.at, stands=True, source=source)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0015_consent")]

    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]

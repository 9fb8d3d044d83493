"""Two records of a patient become one: messages and wishes go to the one that survives."""

from messaging.models import Message, NotificationPreference
from wards.models import Patient

SWITCHES = (
    "sms",
    "whatsapp",
    "email",
    "confirmations",
    "reminders",
    "results",
    "billing",
    "marketing",
)


def on_merging(survivor: Patient, retired: Patient, **kwargs: object) -> None:
    """Moves them; what either record says no to stays a no."""
    Message.objects.filter(patient=retired).update(patient=survivor)
    wishes = {
        wish.patient_id: wish
        for wish in NotificationPreference.objects.filter(patient__in=(survivor, retired))
    }
    theirs = wishes.get(retired.pk)
    ours = wishes.get(survivor.pk)
    if theirs is None:
        return
    if ours is None:
        theirs.patient = survivor
        theirs.save(update_fields=["patient"])
        return
    for switch in SWITCHES:
        setattr(ours, switch, getattr(ours, switch) and getattr(theirs, switch))
    ours.preferred_channel = ours.preferred_channel or theirs.preferred_channel
    ours.save()
    theirs.delete()

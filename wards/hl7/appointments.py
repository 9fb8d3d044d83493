"""SIU, done: an appointment we know nothing of is booked first, and double bookings are theirs."""

from django.utils.translation import gettext as _

from wards.actions import appointments, deaths
from wards.base.refused import Refused
from wards.feeds.content import Change, Scheduled
from wards.feeds.refusals import Code, Failed, missing
from wards.hl7.lookup import Lookup
from wards.models import Appointment, Event, Hospital, Patient

HL7 = Event.Source.HL7
ENDINGS = {
    Change.CANCELLED: Appointment.Status.CANCELLED,
    Change.MISSED: Appointment.Status.NO_SHOW,
}


def apply(said: Scheduled, hospital: Hospital, lookup: Lookup) -> str:
    """Does what a SIU message says; returns a note where our state machine has no such move."""
    patient = lookup.patient(said.patient, lock=True)
    lookup.complete(patient, said.patient)
    if said.patient.deceased:
        died_at = said.patient.died_at or said.said_at
        deaths.record_death(patient=patient, died_at=died_at, source=HL7)
    appointment = _find(said)
    if appointment is None:
        appointment = _book(said, hospital, patient, lookup)
    elif appointment.patient_id != patient.pk:
        reason = "the appointment (SCH-2, SCH-1) is another patient's here"
        raise Failed(Code.DUPLICATE_KEY_IDENTIFIER, reason, "SCH-2")
    elif said.said_at and said.said_at < appointment.changed_at:
        return "nothing to do: older than the appointment's last change"
    try:
        if said.change in ENDINGS:
            _end(appointment, said)
        else:
            _bring_up_to_date(appointment, said, lookup)
    except Refused as refused:
        return f"nothing to do: {refused}"
    return ""


def _find(said: Scheduled) -> Appointment | None:
    """By the filler's id, else by the placer's; who gave it counts, where we know that."""
    names = [name for id_ in said.ids for name in dict.fromkeys((str(id_), id_.value))]
    known = {each.external_id: each for each in Appointment.objects.filter(external_id__in=names)}
    return next((known[name] for name in names if name in known), None)


def _book(said: Scheduled, hospital: Hospital, patient: Patient, lookup: Lookup) -> Appointment:
    provider = lookup.clinician(said.provider, "AIP-3")
    if provider is None:
        raise missing("AIP-3", "provider")
    if said.starts_at is None:
        raise missing("SCH-11", "time of the appointment")
    return appointments.book(
        hospital=hospital,
        patient=patient,
        provider=provider,
        starts_at=said.starts_at,
        duration=said.duration or 30,
        reason=said.reason,
        external_id=str(said.ids[0]),
        overbook=True,
        told_at=said.said_at,
        source=HL7,
    )


def _end(appointment: Appointment, said: Scheduled) -> None:
    if appointment.status == ENDINGS[said.change]:
        return
    if said.change is Change.MISSED:
        appointments.no_show(appointment=appointment, told_at=said.said_at, source=HL7)
        return
    reason = said.why or _("Cancelled in the scheduling system.")
    appointments.cancel(appointment=appointment, reason=reason, told_at=said.said_at, source=HL7)


def _bring_up_to_date(appointment: Appointment, said: Scheduled, lookup: Lookup) -> None:
    """Time, provider, duration and reason, where they differ."""
    if said.starts_at and said.starts_at != appointment.starts_at:
        appointment = appointments.reschedule(
            appointment=appointment,
            starts_at=said.starts_at,
            duration=said.duration,
            reason=said.why,
            overbook=True,
            told_at=said.said_at,
            source=HL7,
        )
    appointments.modify(
        appointment=appointment,
        provider=lookup.clinician(said.provider, "AIP-3"),
        duration=said.duration,
        reason=said.reason,
        overbook=True,
        told_at=said.said_at,
        source=HL7,
    )

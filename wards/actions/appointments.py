"""The verbs that book an appointment and move it through its states.

Nobody is in two places at once: booking and rescheduling are refused where the provider or the
patient has another appointment then, unless whoever asks says that it is meant (`overbook`).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from wards import diary, events
from wards.actions.admissions import later
from wards.base import clock
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Appointment, Event, Hospital, Patient, User

Status = Appointment.Status


@transaction.atomic
def book(
    *,
    hospital: Hospital,
    patient: Patient,
    provider: User,
    starts_at: datetime,
    duration: int = 30,
    reason: str = "",
    financial_clearance: bool = False,
    consent_verified: bool = False,
    external_id: str = "",
    overbook: bool = False,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> Appointment:
    """Books `duration` minutes with a provider.

    `told_at` is when it was done by the clock of who tells us; people here tell it now.
    """
    if not overbook:
        _refuse_conflict(provider, patient, starts_at, duration)
    appointment = Appointment.objects.create(
        hospital=hospital,
        patient=patient,
        provider=provider,
        starts_at=starts_at,
        duration=duration,
        reason=reason,
        financial_clearance=financial_clearance,
        consent_verified=consent_verified,
        external_id=external_id,
        changed_at=told_at or clock.now(),
    )
    _record(Kind.APPOINTMENT_BOOKED, appointment, by, source)
    return appointment


def confirm(
    *, appointment: Appointment, by: User | None = None, source: str = "web"
) -> Appointment:
    """The patient will come."""
    return _move(appointment, Status.CONFIRMED, Kind.APPOINTMENT_CONFIRMED, by, source)


@transaction.atomic
def reschedule(
    *,
    appointment: Appointment,
    starts_at: datetime,
    reason: str,
    duration: int | None = None,
    overbook: bool = False,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = "web",
) -> Appointment:
    """Back to booked, at the new time; the patient is asked to confirm again."""
    about = _locked(appointment)
    duration = duration or about.duration
    _check_move(about, Status.BOOKED)
    if not overbook:
        _refuse_conflict(about.provider, about.patient, starts_at, duration, about)
    return _move(
        about,
        Status.BOOKED,
        Kind.APPOINTMENT_RESCHEDULED,
        by,
        source,
        reason=reason,
        told_at=told_at,
        moved_from=about.starts_at,
        starts_at=starts_at,
        duration=duration,
    )


@transaction.atomic
def modify(
    *,
    appointment: Appointment,
    provider: User | None = None,
    duration: int | None = None,
    reason: str = "",
    overbook: bool = False,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = "web",
) -> Appointment:
    """Changes what is given and different; the state and the time stay. Refused once it is over.

    Nothing is recorded where nothing is different.
    """
    about = _locked(appointment)
    wanted = {"provider": provider, "duration": duration, "reason": reason}
    new = {name: value for name, value in wanted.items() if value}
    changed = [name for name, value in new.items() if getattr(about, name) != value]
    if not changed:
        return about
    if about.status not in Appointment.OPEN:
        now = about.get_status_display()
        raise Refused(_("This appointment is %(now)s and can no longer change.") % {"now": now})
    for name in changed:
        setattr(about, name, new[name])
    if not overbook and changed != ["reason"]:
        _refuse_conflict(about.provider, about.patient, about.starts_at, about.duration, about)
    about.changed_at = later(about, told_at)
    about.save(update_fields=[*changed, "changed_at"])
    _record(Kind.APPOINTMENT_MODIFIED, about, by, source, changed=changed)
    return about


def arrive(*, appointment: Appointment, by: User | None = None, source: str = "web") -> Appointment:
    """The patient is at the front desk: the provider gets the arrival ping."""
    return _move(
        appointment,
        Status.ARRIVED,
        Kind.APPOINTMENT_ARRIVED,
        by,
        source,
        arrived_at=clock.now(),
    )


def start(*, appointment: Appointment, by: User | None = None, source: str = "web") -> Appointment:
    """The patient is with the provider."""
    return _move(appointment, Status.IN_PROGRESS, Kind.APPOINTMENT_IN_PROGRESS, by, source)


def complete(
    *, appointment: Appointment, by: User | None = None, source: str = "web"
) -> Appointment:
    """The visit is over."""
    return _move(appointment, Status.COMPLETED, Kind.APPOINTMENT_COMPLETED, by, source)


def cancel(
    *,
    appointment: Appointment,
    reason: str,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = "web",
) -> Appointment:
    """Calls the appointment off; Refused without a reason."""
    if not reason.strip():
        raise Refused(_("Please give the reason of the cancellation."))
    return _move(
        appointment,
        Status.CANCELLED,
        Kind.APPOINTMENT_CANCELLED,
        by,
        source,
        reason=reason,
        told_at=told_at,
    )


def no_show(
    *,
    appointment: Appointment,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = "web",
) -> Appointment:
    """The patient did not come."""
    kind = Kind.APPOINTMENT_NO_SHOW
    return _move(appointment, Status.NO_SHOW, kind, by, source, told_at=told_at)


@transaction.atomic
def _move(
    appointment: Appointment,
    status: str,
    kind: Kind,
    by: User | None,
    source: str,
    *,
    reason: str = "",
    told_at: datetime | None = None,
    moved_from: datetime | None = None,
    **changes: datetime | int,
) -> Appointment:
    """Locks the row, checks the move against the state machine, writes it and its event."""
    locked = _locked(appointment)
    _check_move(locked, status, told_at)
    locked.status, locked.status_reason = status, reason
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.changed_at = later(locked, told_at)
    locked.save(update_fields=["status", "status_reason", "changed_at", *changes])
    _record(kind, locked, by, source, **{"moved_from": moved_from} if moved_from else {})
    return locked


def _locked(appointment: Appointment) -> Appointment:
    """The appointment as it is now, locked, with all it refers to."""
    # By itself first: a join misses a row whose provider was changed while we waited for it.
    Appointment.objects.select_for_update().get(pk=appointment.pk)
    about = Appointment.objects.select_related("hospital", "patient", "provider")
    return about.get(pk=appointment.pk)


def _check_move(appointment: Appointment, status: str, told_at: datetime | None = None) -> None:
    """Refused where the state machine has no such move; and what people say before it can be true.

    Another system's word for its own appointments stands.
    """
    if not appointment.may_become(status):
        raise Refused(
            _("This appointment is %(now)s and can no longer become %(wanted)s.")
            % {"now": appointment.get_status_display(), "wanted": Status(status).label}
        )
    zone = ZoneInfo(appointment.hospital.timezone)
    if told_at is None and not appointment.can_be(status, clock.now(), zone):
        local = timezone.localtime(appointment.starts_at, zone)
        raise Refused(
            _("This appointment is at %(time)s on %(day)s: it cannot be %(wanted)s now.")
            % {
                "time": formats.time_format(local, "H:i"),
                "day": formats.date_format(local, "j M Y"),
                "wanted": Status(status).label,
            }
        )


def _refuse_conflict(
    provider: User,
    patient: Patient,
    starts_at: datetime,
    duration: int,
    exclude: Appointment | None = None,
) -> None:
    """Refused where one of the two has no time; others who want theirs wait until we are done."""
    # Always in this order. Not for update: rows that refer to the two may still be written.
    list(User.objects.select_for_update(no_key=True).filter(pk=provider.pk))
    list(Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk))
    clash = diary.conflicts(provider, starts_at, duration, patient=patient, exclude=exclude).first()
    if clash is None:
        return
    local = timezone.localtime(clash.starts_at, ZoneInfo(patient.hospital.timezone))
    raise Refused(
        _("%(who)s already has an appointment at %(time)s on %(day)s.")
        % {
            "who": clash.provider if clash.provider_id == provider.pk else clash.patient,
            "time": formats.time_format(local, "H:i"),
            "day": formats.date_format(local, "j M Y"),
        }
    )


def _record(
    kind: Kind, appointment: Appointment, by: User | None, source: str, **data: object
) -> None:
    events.record(
        kind,
        hospital=appointment.hospital,
        source=source,
        actor=by,
        patient=appointment.patient,
        provider=appointment.provider,
        appointment=appointment,
        data={
            "starts_at": appointment.starts_at,
            "reason": appointment.status_reason or appointment.reason,
            "financial_clearance": appointment.financial_clearance,
            "consent_verified": appointment.consent_verified,
            **data,
        },
    )

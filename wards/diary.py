"""Who has time when: the appointments that would clash with another."""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value

from wards.models import Appointment, Patient, User

_LASTS = ExpressionWrapper(
    F("duration") * Value(timedelta(minutes=1), DurationField()), output_field=DurationField()
)
_ENDS = ExpressionWrapper(F("starts_at") + _LASTS, output_field=DateTimeField())


def conflicts(
    provider: User,
    starts_at: datetime,
    duration: int,
    *,
    patient: Patient | None = None,
    exclude: Appointment | None = None,
) -> QuerySet[Appointment]:
    """The appointments of the provider, or of the patient, during `duration` minutes.

    Earliest first. One that ends when another begins is no conflict; nor is one that is over,
    cancelled or missed. `exclude` is the one that is to be moved.
    """
    who = Q(provider=provider) | (Q(patient=patient) if patient else Q())
    longest = timedelta(minutes=Appointment.LONGEST)
    overlapping = Appointment.objects.annotate(ends_at=_ENDS).filter(
        who,
        status__in=Appointment.OPEN,
        starts_at__gt=starts_at - longest,  # adds nothing but that the index is of use
        starts_at__lt=starts_at + timedelta(minutes=duration),
        ends_at__gt=starts_at,
    )
    if exclude is not None:
        overlapping = overlapping.exclude(pk=exclude.pk)
    return overlapping.select_related("patient", "provider").order_by("starts_at", "pk")

"""What we hear of a stay after the fact: written down, and told to nobody."""

from datetime import datetime

from django.db import transaction

from wards.actions.admissions import locked
from wards.models import Admission, Bed, Discharge, Hospital, Patient, User, Ward


@transaction.atomic
def record_past(
    *,
    hospital: Hospital,
    patient: Patient,
    ward: Ward,
    bed: Bed | None,
    provider: User | None,
    reason: str,
    visit_number: str,
    admitted_at: datetime,
    discharged_at: datetime,
    status: str,
    told_at: datetime,
) -> Admission:
    """A stay that was over before we heard of it."""
    ended_at = max(admitted_at, discharged_at)
    stay = Admission.objects.create(
        hospital=hospital,
        patient=patient,
        ward=ward,
        bed=bed,
        provider=provider,
        reason=reason,
        visit_number=visit_number,
        admitted_at=admitted_at,
        discharged_at=ended_at,
        changed_at=told_at,
    )
    Discharge.objects.create(hospital=hospital, admission=stay, status=status, at=ended_at)
    return stay


@transaction.atomic
def complete(
    *, admission: Admission, admitted_at: datetime, reason: str, provider: User | None
) -> None:
    """When and why an open stay began, and with whom, where that was not known."""
    stay = locked(admission)
    end = stay.discharged_at
    stay.admitted_at = min(admitted_at, end) if end else admitted_at
    stay.reason, stay.provider = stay.reason or reason, stay.provider or provider
    stay.save(update_fields=["admitted_at", "reason", "provider"])


@transaction.atomic
def correct_past(
    *,
    admission: Admission,
    ward: Ward,
    bed: Bed | None,
    admitted_at: datetime,
    ended_at: datetime | None,
    status: str,
) -> None:
    """Where, when and how a stay began and ended that has ended here; "" how: as we knew."""
    stay = locked(admission)
    stay.ward, stay.bed, stay.admitted_at = ward, bed, admitted_at
    stay.discharged_at = max(admitted_at, ended_at or stay.discharged_at or admitted_at)
    stay.save(update_fields=["ward", "bed", "admitted_at", "discharged_at"])
    how = {"status": status} if status else {}
    Discharge.objects.filter(admission=stay).update(at=stay.discharged_at, **how)

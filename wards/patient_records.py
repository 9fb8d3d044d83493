"""Patients as their carers read them: who may see whom, and what is known of one."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from wards.base import clock
from wards.kinds import Kind
from wards.models import Admission, Appointment, Event, Patient, User
from wards.models.search import begins_with
from wards.roles import Permission, allows, wards_of

FOUND = 8
SHOWN = 20  # stays and appointments of a patient's page
EVENTS_SHOWN = 40
RESULTS = (Kind.TEST_RESULT_READY, Kind.TEST_RESULT_CRITICAL)


def may_read(user: User) -> bool:
    """Whether the user's role reads patients at all: everybody's, or those they care for."""
    return any(
        allows(user, permission)
        for permission in (Permission.MANAGE_PATIENTS, Permission.VIEW_BOARDS, Permission.TREAT)
    )


def patients_of(user: User) -> QuerySet[Patient]:
    """The patients this user may see.

    All where they keep the books; else those in the wards they are on duty in, also a day after
    they left; and those who are or were the user's own, in a stay or an appointment, or whose tests
    they ordered.
    """
    patients = Patient.objects.filter(merged_into=None)
    if allows(user, Permission.MANAGE_PATIENTS):
        return patients
    own = Q(pk__in=[])
    if allows(user, Permission.VIEW_BOARDS):
        lately = Q(discharged_at=None) | Q(discharged_at__gte=clock.now() - timedelta(days=1))
        here = Admission.objects.filter(lately, ward__in=wards_of(user))
        own |= Q(pk__in=here.values("patient"))
    if allows(user, Permission.TREAT):
        own |= Q(pk__in=Appointment.objects.filter(provider=user).values("patient"))
        own |= Q(pk__in=Admission.objects.filter(provider=user).values("patient"))
        results = Event.objects.filter(provider=user, kind__in=RESULTS)
        own |= Q(pk__in=results.values("patient"))
    return patients.filter(own)


def matching(patients: QuerySet[Patient], search: str) -> QuerySet[Patient]:
    """Those with names, a number or a phone number that every word of `search` fits."""
    condition = begins_with(search)
    return patients if condition is None else patients.filter(condition)


def with_stay(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """With `open_stays`: where each is now, a list of one or none."""
    open_stays = Admission.objects.filter(discharged_at=None).select_related("ward", "bed")
    return patients.prefetch_related(Prefetch("admissions", open_stays, to_attr="open_stays"))


def find(search: str, chosen: int | None = None) -> list[Patient]:
    """The first few of the hospital's patients that match, the chosen one before them."""
    patients = Patient.objects.filter(merged_into=None)
    everybody = with_stay(patients.order_by("last_name", "first_name", "pk"))
    first = list(everybody.filter(pk=chosen)) if chosen else []
    if not search.strip():
        return first
    found = matching(everybody, search).exclude(pk__in=[patient.pk for patient in first])
    return [*first, *found[:FOUND]]


def listed(user: User, *, search: str, stay: str, ward: int | None, tag: str) -> QuerySet[Patient]:
    """The patients for the list: `stay` is "in" or "out", `ward` one they are in now."""
    patients = matching(patients_of(user), search)
    now = Admission.objects.filter(discharged_at=None)
    if ward:
        patients = patients.filter(pk__in=now.filter(ward=ward).values("patient"))
    if stay == "in":
        patients = patients.filter(pk__in=now.values("patient"))
    if stay == "out":
        patients = patients.exclude(pk__in=now.values("patient"))
    if tag:
        patients = patients.filter(tags__contains=[tag])
    return with_stay(patients).order_by("last_name", "first_name", "pk")


@dataclass
class Chart:
    """What is known of a patient, the latest first."""

    patient: Patient
    stays: list[Admission]
    appointments: list[Appointment]
    events: list[Event]

    @property
    def stay(self) -> Admission | None:
        """The one that is open."""
        return next((stay for stay in self.stays if stay.discharged_at is None), None)

    @property
    def past(self) -> list[Admission]:
        return [stay for stay in self.stays if stay.discharged_at is not None]

    @property
    def coming(self) -> list[Appointment]:
        """Open appointments from today on, the next first."""
        today = clock.today()
        return [
            visit
            for visit in reversed(self.appointments)
            if visit.status in Appointment.OPEN
            and timezone.localtime(visit.starts_at).date() >= today
        ]

    @property
    def earlier(self) -> list[Appointment]:
        coming = {visit.pk for visit in self.coming}
        return [visit for visit in self.appointments if visit.pk not in coming]


def chart(patient: Patient) -> Chart:
    """Three queries, however much has happened; with the history of who was merged into them."""
    stays = patient.admissions.select_related("ward", "bed", "provider", "discharge")
    visits = patient.appointments.select_related("provider", "patient").order_by(
        "-starts_at", "-pk"
    )
    person = Patient.objects.filter(Q(pk=patient.pk) | Q(merged_into=patient))
    events = Event.objects.filter(patient__in=person.values("pk")).select_related(
        "actor", "ward", "other_ward", "provider"
    )
    return Chart(
        patient=patient,
        stays=list(stays.order_by("-admitted_at", "-pk")[:SHOWN]),
        appointments=list(visits[:SHOWN]),
        events=list(events.order_by("-id")[:EVENTS_SHOWN]),
    )

"""Builds the demo hospital through the same actions a real one uses."""

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django_scopes import scope

from config.demo import people
from config.demo.past_messages import write_history
from inbox import mailbox
from inbox.models import Notification
from messaging.contacts import preferences
from messaging.models import MessagingPolicy, Price
from wards.actions import admissions, appointments, results
from wards.base import clock
from wards.models import Appointment, Bed, CriticalLimit, Feed, Hospital, Patient, Role, User, Ward
from wards.roster import actions

ZONE = ZoneInfo("Asia/Riyadh")
LEFT_UNREAD = 4
TODAY, TOMORROW = 24, 16  # appointments


def seed() -> Hospital:
    """Makes the demo hospital, or brings an existing one's appointments to today."""
    hospital = Hospital.objects.filter(feeds__facility=people.FACILITY).first()
    chance = random.Random(7)  # noqa: S311  (the same hospital every time)
    if hospital is None:
        hospital = _build(chance)
    with scope(hospital=hospital.pk):
        if _booked(_at(time.min)) < TODAY:
            _book_today(hospital, chance)
            _read_most(hospital)
        if not _booked(_at(time.min) + timedelta(days=1)):
            _book_tomorrow(hospital)
    return hospital


def _booked(midnight: datetime) -> int:
    day = midnight, midnight + timedelta(days=1)
    return Appointment.objects.filter(starts_at__range=day).count()


@transaction.atomic
def _build(chance: random.Random) -> Hospital:
    hospital = Hospital.objects.create(
        name="Rawdah General Hospital",
        name_ar="مستشفى الروضة العام",
        phone="+966 11 555 0100",
        timezone=ZONE.key,
    )
    with scope(hospital=hospital.pk):
        for feed in people.FEEDS:
            Feed.objects.create(hospital=hospital, facility=people.FACILITY, **feed)
        wards = {ward.code: _ward(hospital, ward) for ward in people.WARDS}
        for person in people.STAFF:
            _employ(hospital, person, wards)
        patients = [_register(hospital, number) for number in range(len(people.PATIENTS))]
        _portal_user(hospital, patients[0])
        _choose(hospital, patients)
        write_history(hospital, random.Random(11))  # noqa: S311
        CriticalLimit.objects.create(
            hospital=hospital, code="tt-0003-01", name="Creatinine", high=300
        )
        _admit_some(hospital, patients, chance)
        _report_some(hospital, patients)
    return hospital


def _ward(hospital: Hospital, demo: people.DemoWard) -> Ward:
    ward = Ward.objects.create(
        hospital=hospital, code=demo.code, name=demo.name, name_ar=demo.name_ar
    )
    width = 2 if demo.prefix.endswith("-") else 1
    Bed.objects.bulk_create(
        Bed(hospital=hospital, ward=ward, number=f"{demo.prefix}{n:0{width}}")
        for n in range(1, demo.beds + 1)
    )
    return ward


def _employ(hospital: Hospital, person: people.DemoUser, wards: dict[str, Ward]) -> None:
    user = User.objects.create_user(
        person.username,
        password=people.PASSWORD,
        hospital=hospital,
        role=person.role,
        first_name=person.first_name,
        last_name=person.last_name,
        language=person.language,
        code=person.code,
        email=f"{person.username}@example.org",
        is_staff=person.role == Role.ADMIN,
        is_superuser=person.role == Role.ADMIN,
    )
    for code in person.wards:
        actions.go_on_duty(hospital=hospital, user=user, ward=wards[code])


def _register(hospital: Hospital, number: int) -> Patient:
    demo = people.PATIENTS[number]
    return Patient.objects.create(
        hospital=hospital,
        number=f"10{number:05}",
        first_name=demo.first_name,
        last_name=demo.last_name,
        gender=demo.gender,
        language=demo.language,
        date_of_birth=date(demo.born, number % 12 + 1, number % 28 + 1),
        phone=people.PHONES.get(number, f"+96650{1000000 + number * 7919}"),
        email=f"patient{number}@example.org",
    )


def _choose(hospital: Hospital, patients: list[Patient]) -> None:
    """What patients want to hear; and no quiet hours: words go out whenever one tries it."""
    MessagingPolicy.objects.create(
        hospital=hospital,
        quiet_from=time.min,
        quiet_until=time.min,
        monthly_budget=250,
        budget_currency=people.CURRENCY,
    )
    Price.objects.bulk_create(
        Price(hospital=hospital, currency=people.CURRENCY, **price) for price in people.PRICES
    )
    desk = User.objects.get(hospital=hospital, role=Role.FRONT_DESK)
    for number, choices in people.PREFERENCES.items():
        preferences.change(patient=patients[number], by=desk, **choices)
    for channel in ("sms", "whatsapp"):
        stopped = patients[people.SAID_STOP]
        preferences.switch(patient=stopped, field=channel, on=False, how="reply")


def _portal_user(hospital: Hospital, patient: Patient) -> None:
    patient.user = User.objects.create_user(
        "patient",
        password=people.PASSWORD,
        hospital=hospital,
        role=Role.PATIENT,
        first_name=patient.first_name,
        last_name=patient.last_name,
    )
    patient.save(update_fields=["user"])


def _admit_some(hospital: Hospital, patients: list[Patient], chance: random.Random) -> None:
    for number, patient in enumerate(patients[:22]):
        ward = Ward.objects.get(code=people.WARDS[number % len(people.WARDS)].code)
        free = Bed.objects.filter(ward=ward, status=Bed.Status.AVAILABLE)
        admissions.admit(
            hospital=hospital,
            patient=patient,
            ward=ward,
            bed=free.first(),
            reason=chance.choice(people.REASONS),
            admitted_at=clock.now() - timedelta(hours=chance.randint(1, 120)),
            provider=User.objects.get(hospital=hospital, username="provider"),
        )
    for ward in Ward.objects.all():
        free = Bed.objects.filter(ward=ward, status=Bed.Status.AVAILABLE).order_by("-id")
        for bed, status in zip(free, (Bed.Status.CLEANING, Bed.Status.MAINTENANCE), strict=False):
            Bed.objects.filter(pk=bed.pk).update(status=status)


def _report_some(hospital: Hospital, patients: list[Patient]) -> None:
    provider = User.objects.get(hospital=hospital, username="provider")
    ward = Ward.objects.get(code="RenalWard")
    for patient, value in ((patients[1], "142"), (patients[6], "348")):
        results.report_result(
            hospital=hospital,
            patient=patient,
            report=people.creatinine(value),
            concerned=results.Concerned(provider=provider, ward=ward),
        )


def _book_today(hospital: Hospital, chance: random.Random) -> None:
    """A full day, of which the part before now has gone its way."""
    providers = list(User.objects.filter(hospital=hospital, role=Role.PROVIDER).order_by("id"))
    patients = list(Patient.objects.order_by("id"))
    for slot in range(TODAY):
        appointment = appointments.book(
            hospital=hospital,
            patient=patients[(slot * 7 + 3) % len(patients)],
            provider=providers[slot % len(providers)] if slot % 2 else providers[0],
            starts_at=_at(time(8)) + timedelta(minutes=25 * slot),
            reason=chance.choice(people.VISITS),
            financial_clearance=chance.random() < 0.8,
            consent_verified=chance.random() < 0.85,
            overbook=True,  # a busy day
        )
        if chance.random() < 0.7 and appointment.starts_at > clock.now():
            appointments.confirm(appointment=appointment)
        _let_pass(appointment, chance.random())


def _book_tomorrow(hospital: Hospital) -> None:
    """Patients who can be reminded."""
    providers = list(User.objects.filter(hospital=hospital, role=Role.PROVIDER).order_by("id"))
    for slot, patient in enumerate(Patient.objects.order_by("id")[:TOMORROW]):
        appointments.book(
            hospital=hospital,
            patient=patient,
            provider=providers[slot % len(providers)],
            starts_at=_at(time(8, 30)) + timedelta(days=1, minutes=25 * slot),
            reason=people.VISITS[slot % len(people.VISITS)],
            overbook=True,
        )


def _let_pass(appointment: Appointment, luck: float) -> None:
    """Brings an appointment to where it would be by now; a few stay late or away."""
    ago = clock.now() - appointment.starts_at
    if ago < timedelta(0) or luck > 0.92:
        return
    if luck > 0.84:
        appointments.no_show(appointment=appointment)
        return
    appointments.arrive(appointment=appointment)
    if ago > timedelta(minutes=30):
        appointments.start(appointment=appointment)
    if ago > timedelta(minutes=60):
        appointments.complete(appointment=appointment)


def _at(hour: time) -> datetime:
    return datetime.combine(clock.today(ZONE), hour, ZONE)


def _read_most(hospital: Hospital) -> None:
    """Leaves a handful unread, so that the first sign-in does not greet with a wall of alerts."""
    for user in User.objects.filter(hospital=hospital):
        ids = Notification.objects.filter(recipient=user).values_list("pk", flat=True)
        mailbox.mark_read(user, list(ids)[LEFT_UNREAD:])

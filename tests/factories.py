"""Plain functions that make what a test needs; everything has a default that makes sense.

They open the scope they need. Reading the rows back needs one of the test's own:
`with scope(hospital=hospital.pk)`, which is also what a signed-in request runs in.
"""

from datetime import datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from inbox.models import Category, Level, Mailbox, Notification
from messaging.channels import Channel, Topic
from messaging.models import (
    Message,
    MessageLog,
    MessageTemplate,
    MessagingPolicy,
    NotificationPreference,
    TemplateVersion,
)
from messaging.statuses import Status
from messaging.templates import actions as template_actions
from tests import answers, bulk_rows, costs
from tests.feeds import create_feed as create_feed  # noqa: PLC0414  (ours, too)
from tests.feeds import fill_feed
from tests.laboratory import create_limit as create_limit  # noqa: PLC0414
from tests.laboratory import observation as observation  # noqa: PLC0414
from tests.laboratory import report_result as report_result  # noqa: PLC0414
from wards import events
from wards.actions import admissions, appointments
from wards.kinds import Kind
from wards.models import (
    Admission,
    Appointment,
    Bed,
    BulkOperation,
    DutyPeriod,
    Event,
    Hl7Message,
    Hospital,
    Patient,
    Role,
    User,
    Ward,
)
from wards.roster import actions as roster_actions

PASSWORD = "correct-horse-battery"
_numbers = count(1)
UNHASHED = "plain$"  # a password that somebody has set, and nobody can know


def create_hospital(name: str = "Rawdah General", *, facility: str = "", **fields: Any) -> Hospital:
    """With a feed that sends as `facility`, where one is named."""
    hospital = Hospital.objects.create(name=name, **{"phone": "+966 11 555 0100"} | fields)
    if facility:
        create_feed(hospital, facility)
    return hospital


def create_ward(hospital: Hospital | None = None, name: str = "Cardiology", **fields: Any) -> Ward:
    hospital = hospital or create_hospital()
    with scope(hospital=hospital.pk):
        return Ward.objects.create(
            hospital=hospital, name=name, **{"code": f"W{next(_numbers)}"} | fields
        )


def create_bed(ward: Ward | None = None, **fields: Any) -> Bed:
    ward = ward or create_ward()
    with scope(hospital=ward.hospital_id):
        return Bed.objects.create(
            hospital_id=ward.hospital_id, ward=ward, **{"number": f"B{next(_numbers)}"} | fields
        )


def create_user(
    hospital: Hospital | None = None,
    role: str = Role.NURSE,
    *,
    username: str = "",
    password: str | None = None,
    **fields: Any,
) -> User:
    """Without `password`, some password that nobody knows (and no time goes into hashing one).

    `has_password=False`: one that a feed has named and that cannot sign in.
    """
    has_password = fields.pop("has_password", True)
    user = User(
        username=username or f"{role}{next(_numbers)}",
        password=UNHASHED if has_password else make_password(None),
        hospital=hospital or create_hospital(),
        role=role,
        **fields,
    )
    if password:
        user.set_password(password)
    user.save()
    return user


def create_operator(**fields: Any) -> User:
    """A superuser without a hospital."""
    return User.objects.create_superuser(
        f"operator{next(_numbers)}", password=None, **{"role": Role.ADMIN} | fields
    )


def create_duty(
    user: User,
    ward: Ward,
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
    **fields: Any,
) -> DutyPeriod:
    """A duty period that began an hour ago and is still open, or from `begin` to `end`."""
    with scope(hospital=ward.hospital_id):
        return DutyPeriod.objects.create(
            hospital_id=ward.hospital_id,
            user=user,
            ward=ward,
            starts_at=begin or timezone.now() - timedelta(hours=1),
            ends_at=end,
            **fields,
        )


def go_on_duty(user: User, ward: Ward) -> DutyPeriod:
    """Through the action, with its event."""
    with scope(hospital=ward.hospital_id):
        return roster_actions.go_on_duty(hospital=ward.hospital, user=user, ward=ward)


def create_patient(hospital: Hospital | None = None, **fields: Any) -> Patient:
    hospital = hospital or create_hospital()
    number = next(_numbers)
    given = {"number": f"P{number}", "first_name": "Layla", "last_name": f"Haddad {number}"}
    with scope(hospital=hospital.pk):
        return Patient.objects.create(hospital=hospital, **given | fields)


def create_admission(
    *, ward: Ward | None = None, patient: Patient | None = None, **how: Any
) -> Admission:
    """Admits; without `bed`, into a new bed of the ward (`bed=None`: without one)."""
    ward = ward or create_ward(patient.hospital if patient else None)
    bed = how.pop("bed") if "bed" in how else create_bed(ward)
    patient = patient or create_patient(ward.hospital)
    with scope(hospital=ward.hospital_id):
        return admissions.admit(hospital=ward.hospital, patient=patient, ward=ward, bed=bed, **how)


def create_appointment(
    *, provider: User | None = None, patient: Patient | None = None, **how: Any
) -> Appointment:
    """Books an hour from now, also twice; `status`: that state without the events on the way."""
    hospital = (provider or patient or create_patient()).hospital
    assert hospital is not None
    given: dict[str, Any] = {"starts_at": timezone.now() + timedelta(hours=1), "overbook": True}
    status = how.pop("status", Appointment.Status.BOOKED)
    with scope(hospital=hospital.pk):
        appointment = appointments.book(
            hospital=hospital,
            patient=patient or create_patient(hospital),
            provider=provider or create_user(hospital, Role.PROVIDER),
            **given | how,
        )
        if status != appointment.status:
            Appointment.objects.filter(pk=appointment.pk).update(status=status)
            appointment.status = status
        return appointment


def record_event(hospital: Hospital, kind: Kind = Kind.SYSTEM_INFO, **about: Any) -> Event:
    """An event without a change of rows; in the test's transaction or one of its own."""
    with scope(hospital=hospital.pk), transaction.atomic():
        return events.record(kind, hospital=hospital, **about)


def create_notification(recipient: User, event: Event | None = None, **fields: Any) -> Notification:
    """A critical, unread one, written past the fan-out: the mailbox knows nothing of it."""
    hospital = recipient.hospital or create_hospital()
    event = event or record_event(hospital)
    given = {
        "seq": 1,
        "category": Category.TEST_RESULT,
        "level": Level.CRITICAL,
        "title": "Critical: Urea and electrolytes",
        "created_at": timezone.now(),
    }
    with scope(hospital=hospital.pk):
        return Notification.objects.create(
            hospital=hospital, recipient=recipient, event=event, **given | fields
        )


def create_message(patient: Patient, **fields: Any) -> Message:
    """A queued SMS, written past the engine: no sender is woken."""
    given: dict[str, Any] = {
        "topic": Topic.CARE,
        "channel": Channel.SMS,
        "address": f"+9665{next(_numbers):08}",
        "language": "en",
        "body": "Hello",
    }
    with scope(hospital=patient.hospital_id):
        return Message.objects.create(
            hospital_id=patient.hospital_id, patient=patient, **given | fields
        )


def create_operation(hospital: Hospital, **fields: Any) -> BulkOperation:
    """A discharge of nobody that waits, written past the action: no worker is woken."""
    given: dict[str, Any] = {
        "operation_type": BulkOperation.Type.BULK_DISCHARGE,
        "parameters": {"admission_ids": []},
        "initiated_by": fields.get("initiated_by") or create_user(hospital, Role.HOSPITAL_MANAGER),
    }
    with scope(hospital=hospital.pk):
        return BulkOperation.objects.create(hospital=hospital, **given | fields)


def create_template(hospital: Hospital, **fields: Any) -> MessageTemplate:
    """Through the action; words in both languages and a code of its own unless given."""
    given: dict[str, Any] = {
        "code": f"own_{next(_numbers)}",
        "name": "Open day",
        "category": Topic.MARKETING,
        "channel": Channel.SMS,
        "body_en": "Dear {first_name}, come to {hospital_name}.",
        "body_ar": "السيد/ة {first_name}، زورونا في {hospital_name}.",
    }
    with scope(hospital=hospital.pk):
        return template_actions.create_template(hospital=hospital, **given | fields)


def create_delivered(hospital: Hospital, **fields: Any) -> Message:
    """An SMS of a template that has reached a new patient, with its history."""
    patient = fields.pop("patient", None) or create_patient(hospital)
    with scope(hospital=hospital.pk):
        of_sms = TemplateVersion.objects.filter(template__channel=Channel.SMS).first()
        given = {"version": of_sms, "status": Status.DELIVERED, "parts": 1, "due_at": None}
        message = create_message(patient, **given | fields)
        for status in dict.fromkeys((Status.QUEUED, message.status)):
            MessageLog.objects.create(message=message, status=status, channel=message.channel)
    return message


def fill(hospital: Hospital) -> None:
    """One row at least of every model that belongs to a hospital."""
    ward, next_ward = create_ward(hospital), create_ward(hospital, "Renal Ward")
    user = create_user(hospital)
    create_duty(user, ward)
    create_appointment(provider=user)
    create_limit(hospital, f"c{next(_numbers)}", high=1)
    stay = create_admission(ward=ward, by=user, provider=user)
    create_notification(user, acknowledged_by=user)
    create_operation(hospital, initiated_by=user)
    with scope(hospital=hospital.pk):
        admissions.transfer(admission=stay, ward=next_ward, bed=create_bed(next_ward), by=user)
        admissions.discharge(admission=stay, by=user)
        Hl7Message.objects.create(hospital=hospital, raw="MSH|", control_id=f"c{next(_numbers)}")
        Mailbox.objects.get_or_create(user=user)
        hospital.column_matches.create(matched_by=user, signature=next(_numbers), columns=[])
        patient = create_patient(hospital)
        create_delivered(hospital, patient=patient)
        NotificationPreference.objects.create(hospital=hospital, patient=patient)
        MessagingPolicy.objects.get_or_create(hospital=hospital)
    answers.create_answer(hospital)
    fill_feed(hospital, user)
    costs.create_price(hospital, provider=f"p{next(_numbers)}")
    costs.create_filter(user)
    bulk_rows.create_campaign_rows(user)


def sign_in(client: Client, user: User) -> Client:
    """The client, signed in as `user` without the sign-in form."""
    client.force_login(user)
    return client


def create_session(user: User) -> str:
    """The key of a new session of `user`: the value of the cookie `sessionid`."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)

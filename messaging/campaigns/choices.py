"""What there is to choose from for a bulk send, and how many patients each reaches."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.channels import PATIENT_CHANNELS, Topic
from messaging.models import MessageTemplate
from wards.models import Appointment, Patient, Ward

Choices = list[tuple[str, str]]


@dataclass
class OfferedTemplate:
    """The active templates that share a code: one for each channel."""

    code: str
    name: str
    category: str
    channels: list[str] = field(default_factory=list)


def templates() -> dict[str, OfferedTemplate]:
    """Those for patients, by code, in the order of their names."""
    found: dict[str, OfferedTemplate] = {}
    rows = MessageTemplate.objects.filter(deleted_at=None, is_active=True)
    for row in rows.exclude(category=Topic.STAFF).order_by("name", "code"):
        one = found.setdefault(row.code, OfferedTemplate(row.code, row.name, row.category))
        one.channels.append(row.channel)
    order = [channel.value for channel in PATIENT_CHANNELS]
    for one in found.values():
        one.channels.sort(key=order.index)
    return found


def tags() -> Choices:
    """The tags of the hospital's patients, each with how many have it."""
    each = Patient.objects.order_by().annotate(tag=Func(F("tags"), function="unnest"))
    counted = each.values_list("tag").annotate(n=Count("pk")).order_by("tag")
    return [(tag, f"{tag} · {count:,}") for tag, count in counted]


def wards() -> list[tuple[Ward, str]]:
    """The wards, each with how many patients are there now."""
    there = Count("admissions", filter=Q(admissions__discharged_at=None))
    return [
        (ward, f"{ward} · {people(ward.there)}")
        for ward in Ward.objects.annotate(there=there).order_by("name")
    ]


def expected(day: date) -> int:
    """How many patients have an appointment on a day of the hospital's."""
    begin = timezone.make_aware(datetime.combine(day, time.min))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    booked = (Appointment.Status.BOOKED, Appointment.Status.CONFIRMED)
    rows = Appointment.objects.filter(starts_at__gte=begin, starts_at__lt=end, status__in=booked)
    counted: int = rows.aggregate(n=Count("patient", distinct=True))["n"]
    return counted


def expected_words(day: date) -> str:
    """The same in words."""
    count = expected(day)
    if not count:
        return _("Nobody has an appointment that day.")
    words = ngettext(
        "%(n)s patient has an appointment that day.",
        "%(n)s patients have an appointment that day.",
        count,
    )
    return words % {"n": f"{count:,}"}


def everybody() -> int:
    """How many patients the hospital has in its books."""
    return Patient.objects.count()


def people(count: int) -> str:
    """A number of patients in words."""
    if not count:
        return _("no patients")
    return ngettext("%(n)s patient", "%(n)s patients", count) % {"n": f"{count:,}"}

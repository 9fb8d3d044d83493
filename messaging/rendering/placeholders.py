"""The placeholders that Wardbell itself fills: what they mean, and what stands for them in previews.

A file for a bulk message brings more: one for each of its columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from messaging.channels import Channel
from wards.models import Hospital


@dataclass(frozen=True)
class Placeholder:
    """`sample` and `longest` are by language; a `longest` is as long as one has to expect."""

    name: str
    meaning: str  # translated where it is shown
    sample: Mapping[str, str]
    longest: Mapping[str, str]


def _of(
    name: str, meaning: str, en: str, ar: str, longest_en: str = "", longest_ar: str = ""
) -> Placeholder:
    return Placeholder(
        name, meaning, {"en": en, "ar": ar}, {"en": longest_en or en, "ar": longest_ar or ar}
    )


# fmt: off
PLACEHOLDERS = (
    _of("patient_name", _("The patient's full name"), "Layla Haddad", "ليلى حداد", "Abdulrahman Mohammed Al-Shammari", "عبدالرحمن بن محمد الشمّري القحطاني"),
    _of("first_name", _("The patient's first name"), "Layla", "ليلى", "Abdulrahman", "عبدالرحمن"),
    _of("bed_number", _("The bed"), "C-04", "C-04", "RenalWard-12", "RenalWard-12"),
    _of("ward_name", _("The ward"), "Cardiology", "أمراض القلب", "Paediatric Intensive Care Unit", "وحدة العناية المركزة للأطفال"),
    _of("admission_date", _("The day of admission"), "Wed 18 Nov 2026", "أربعاء 18 نوفمبر 2026", "Wed 28 Sept 2026", "أربعاء 28 سبتمبر 2026"),
    _of("discharge_date", _("The day of discharge"), "Sat 21 Nov 2026", "سبت 21 نوفمبر 2026", "Wed 28 Sept 2026", "أربعاء 28 سبتمبر 2026"),
    _of("date", _("The day of the appointment or event"), "Tue 24 Nov 2026", "ثلاثاء 24 نوفمبر 2026", "Wed 28 Sept 2026", "أربعاء 28 سبتمبر 2026"),
    _of("time", _("The time of the appointment or event"), "10:30", "10:30"),
    _of("provider_name", _("Whom the patient sees"), "Dr. Omar Farouk", "د. عمر فاروق", "Dr. Abdulrahman Al-Shammari", "د. عبدالرحمن محمد الشمّري"),
    _of("reason", _("The reason that was given"), "The clinic is closed that day.", "العيادة مغلقة في ذلك اليوم.", "We are sorry: the clinic is closed that day.", "نأسف، فالعيادة مغلقة في ذلك اليوم."),
    _of("hospital_name", _("The hospital's name"), "", ""),
    _of("hospital_phone", _("The hospital's phone number"), "", ""),
    _of("link", _("A link to where it goes on"), "https://care.example/v/7Kq2Xb", "https://care.example/v/7Kq2Xb", "https://care.example/visit/7Kq2XbT9mWc4", "https://care.example/visit/7Kq2XbT9mWc4"),
)
# fmt: on
NAMES = frozenset(placeholder.name for placeholder in PLACEHOLDERS)

# These may say what somebody is treated for.
TELLING = frozenset({"ward_name", "reason"})

ALWAYS = frozenset({"patient_name", "first_name", "hospital_name", "hospital_phone"}) | {
    "provider_name",
    "date",
    "time",
    "link",
}
STAY = frozenset({"ward_name", "bed_number", "admission_date"})
# What else an event of the rule table brings, by the beginning of the template's code.
BROUGHT: dict[str, frozenset[str]] = {
    "patient_discharged": STAY | {"discharge_date"},
    "patient_": STAY,
    "appointment_rescheduled": frozenset({"reason"}),
    "appointment_cancelled": frozenset({"reason"}),
    "appointment_": frozenset(),
    "telemedicine_": frozenset(),
    "test_result_": frozenset(),
    "billing_": frozenset(),
}


def brought_for(code: str, channel: str) -> frozenset[str] | None:
    """What there will be values for; None for a code that no rule asks for: anything may come.

    Any other reason is clinical: only an e-mail may say it.
    """
    more = next((names for start, names in BROUGHT.items() if code.startswith(start)), None)
    if more is None:
        return None
    return ALWAYS | more | ({"reason"} if channel == Channel.EMAIL else frozenset())


def offered(code: str, channel: str) -> list[Placeholder]:
    """Those that a template of this code may use, for choosing one; all where none is given."""
    brought = brought_for(code, channel)
    return [each for each in PLACEHOLDERS if brought is None or each.name in brought]


def samples(hospital: Hospital, language: str) -> dict[str, str]:
    """Values for a preview in `language`."""
    return {p.name: p.sample[language] for p in PLACEHOLDERS} | _of_hospital(hospital, language)


def longest(hospital: Hospital, language: str) -> dict[str, str]:
    """The longest values that one has to expect in `language`."""
    return {p.name: p.longest[language] for p in PLACEHOLDERS} | _of_hospital(hospital, language)


def _of_hospital(hospital: Hospital, language: str) -> dict[str, str]:
    with override(language):
        return {"hospital_name": str(hospital), "hospital_phone": hospital.phone}

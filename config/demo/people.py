"""The demo hospital's wards and people. Everybody here is made up."""

from typing import NamedTuple

from messaging.contacts.preferences import Choices
from wards.models import Role
from wards.results.observations import Code, Observation
from wards.results.states import Report

PASSWORD = "wardbell-demo"  # noqa: S105  (the demo's, printed on its sign-in page)
FACILITY = "SFAC"  # what the simulated feed calls itself, so that it can be played in
# The simulator marks all it sends as training.
FEEDS: tuple[dict[str, str], ...] = (
    {"name": "Interface engine"},
    {"name": "Simulated Hospital", "application": "SIMHOSP", "training": "show"},
)


class DemoWard(NamedTuple):
    code: str
    name: str
    name_ar: str
    beds: int
    prefix: str


class DemoUser(NamedTuple):
    username: str
    role: Role
    first_name: str
    last_name: str
    language: str
    code: str = ""
    wards: tuple[str, ...] = ()


class DemoPatient(NamedTuple):
    first_name: str
    last_name: str
    gender: str
    born: int
    language: str


WARDS = (
    DemoWard("CARD", "Cardiology", "أمراض القلب", 14, "C-"),
    DemoWard("RenalWard", "Renal Ward", "قسم الكلى", 12, "Bed "),
    DemoWard("OtherWard", "General Medicine", "الطب العام", 18, "Bed "),
    DemoWard("ED", "Emergency", "الطوارئ", 10, "E-"),
    DemoWard("PAED", "Paediatrics", "الأطفال", 10, "P-"),
)

STAFF = (
    DemoUser("admin", Role.ADMIN, "Dana", "Osei", "en"),
    DemoUser("manager", Role.HOSPITAL_MANAGER, "Khalid", "Al-Harbi", "en"),
    DemoUser("frontdesk", Role.FRONT_DESK, "Maya", "Lindqvist", "en"),
    DemoUser("provider", Role.PROVIDER, "Kathleen", "Woolfson", "en", "C006"),
    DemoUser("nurse", Role.NURSE, "Noura", "Haddad", "en", "", ("RenalWard", "CARD")),
    DemoUser("pharmacist", Role.PHARMACIST, "Tomas", "Varga", "en"),
    DemoUser("forster", Role.PROVIDER, "Richard", "Forster", "en", "C001"),
    DemoUser("smith", Role.PROVIDER, "Elizabeth", "Smith", "en", "C002"),
    DemoUser("alamri", Role.PROVIDER, "سلمان", "العمري", "ar", "C008"),
    DemoUser("salma", Role.NURSE, "سلمى", "الزهراني", "ar", "", ("OtherWard", "ED")),
    DemoUser("james", Role.NURSE, "James", "Okafor", "en", "", ("CARD",)),
    DemoUser("ines", Role.NURSE, "Inês", "Carvalho", "en", "", ("PAED", "ED")),
)

PATIENTS = tuple(
    DemoPatient(*row)
    for row in (
        ("Ahmed", "Al-Saud", "M", 1961, "en"),
        ("ليلى", "الشمري", "F", 1984, "ar"),
        ("Grace", "Mensah", "F", 1972, "en"),
        ("عبدالله", "القحطاني", "M", 1955, "ar"),
        ("Peter", "Novak", "M", 1948, "en"),
        ("فاطمة", "الدوسري", "F", 1990, "ar"),
        ("Helena", "Costa", "F", 2001, "en"),
        ("يوسف", "المطيري", "M", 1967, "ar"),
        ("Samuel", "Adeyemi", "M", 1979, "en"),
        ("مريم", "العتيبي", "F", 1993, "ar"),
        ("Ingrid", "Halvorsen", "F", 1944, "en"),
        ("خالد", "الغامدي", "M", 1958, "ar"),
        ("Ravi", "Menon", "M", 1986, "en"),
        ("هند", "السبيعي", "F", 1976, "ar"),
        ("Olivia", "Byrne", "F", 2015, "en"),
        ("عمر", "البلوي", "M", 2012, "ar"),
        ("Chen", "Wei", "M", 1969, "en"),
        ("نوف", "الحربي", "F", 1988, "ar"),
        ("Aisha", "Bello", "F", 1951, "en"),
        ("سعود", "الرشيد", "M", 1974, "ar"),
        ("Marta", "Kowalska", "F", 1963, "en"),
        ("ريم", "الجهني", "F", 1999, "ar"),
        ("Daniel", "Weber", "M", 1982, "en"),
        ("طارق", "الزهراني", "M", 1947, "ar"),
        ("Sofia", "Rossi", "F", 1995, "en"),
        ("منى", "العنزي", "F", 1970, "ar"),
        ("Liam", "Murphy", "M", 2018, "en"),
        ("بدر", "الشهري", "M", 1965, "ar"),
        ("Yara", "Nasser", "F", 1991, "en"),
        ("Hugo", "Larsson", "M", 1957, "en"),
    )
)

# What some of them chose to hear, by their place in the list; the others have the usual.
PREFERENCES: dict[int, Choices] = {
    1: {"preferred_channel": "whatsapp", "marketing": True},
    7: {"preferred_channel": "email"},
    10: {"reminders": False},
}
SAID_STOP = 4
# What the sandbox carrier takes, and what others would where it is not.
CURRENCY = "USD"
PRICES = (
    {"channel": "sms", "country": "SA", "amount": "0.04"},
    {"channel": "sms", "country": "US", "amount": "0.04"},
    {"channel": "sms", "country": "", "amount": "0.09"},
    {"channel": "whatsapp", "country": "", "amount": "0.015"},
    {"channel": "email", "country": "", "amount": "0.0001"},
)
# Numbers that the sandbox carrier treats in a way of their own (docs/messaging.md).
PHONES = {2: "+12025550102", 8: "+12025550104", 13: "+12025550103", 16: "+12025550110"}

REASONS = (
    "Chest pain",
    "Shortness of breath",
    "Dialysis access review",
    "Acute kidney injury",
    "Pneumonia",
    "Post-operative care",
    "Palpitations",
    "Fever of unknown origin",
)

VISITS = ("Follow-up", "New complaint", "Test results", "Pre-operative check", "Medication review")

CHANGES = ("The clinic is closed that day", "The doctor is away", "You asked for another day")


def creatinine(value: str) -> Report:
    """What the laboratory says of a patient's kidneys: a creatinine, in µmol/L."""
    measured = Observation(
        (Code("tt-0003-01", "Creatinine"),), type="NM", value=value, unit="µmol/L", range="64-106"
    )
    return Report("Urea and electrolytes", [measured])

"""Every address of the project and who may use it: the table of tests/test_permissions.py."""

from typing import NamedTuple

from wards.models import Appointment, Role

OPERATOR = "operator"  # a superuser without a hospital
Status = Appointment.Status

MEMBERS = frozenset(Role)
ANYBODY = MEMBERS | {OPERATOR}
MANAGERS = frozenset({Role.ADMIN, Role.HOSPITAL_MANAGER})
BOARDS = MANAGERS | {Role.NURSE}
DESK = MANAGERS | {Role.FRONT_DESK}
ADMINS = frozenset({Role.ADMIN})
WRITERS = ADMINS | {Role.FRONT_DESK}  # of messages and templates
QUEUE = DESK | {Role.PROVIDER}
TREATING = frozenset({Role.ADMIN, Role.PROVIDER})
SENDERS = frozenset({Role.ADMIN, Role.FRONT_DESK})
CLINICAL = MANAGERS | {Role.PROVIDER, Role.NURSE, Role.PHARMACIST}

NEEDS_MORE = frozenset({422})  # allowed, and asked for what is missing
SIGN_IN, UNAUTHORIZED, OPEN = "is sent to the sign-in page", "gets 401", "may"


class Row(NamedTuple):
    """One address and method: who may, and what somebody who is not signed in gets."""

    name: str
    method: str
    allowed: frozenset[str]
    stranger: str = SIGN_IN
    about: str = ""  # what the id in the address names: ward, notification, or the state of a visit
    data: dict[str, str] = {}
    answers: frozenset[int] = frozenset({200, 204, 302})

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


# fmt: off
TABLE = [
    Row("home",                       "GET",  ANYBODY),
    Row("set_language",               "POST", ANYBODY, OPEN, data={"language": "ar"}),
    Row("live",                       "GET",  ANYBODY, OPEN),
    Row("ready",                      "GET",  ANYBODY, OPEN),
    Row("metrics",                    "GET",  ANYBODY, OPEN),
    Row("favicon",                    "GET",  ANYBODY, OPEN),
    Row("api:auth",                   "POST", ANYBODY, OPEN, answers=frozenset({400})),
    Row("api:auth_refresh",           "POST", ANYBODY, OPEN, answers=frozenset({400})),
    Row("api-unversioned:auth",       "POST", ANYBODY, OPEN, answers=frozenset({400})),
    Row("api-unversioned:auth_refresh", "POST", ANYBODY, OPEN, answers=frozenset({400})),
    Row("api:appointment_notification_status", "GET", DESK | {Role.PATIENT}, UNAUTHORIZED,
        about="message of a visit"),
    Row("api-unversioned:appointment_notification_status", "GET", DESK | {Role.PATIENT},
        UNAUTHORIZED, about="message of a visit"),
    Row("wards:theme",                "POST", ANYBODY, OPEN, data={"theme": "dark"}),
    Row("wards:wards",                "GET",  BOARDS),
    Row("wards:board",                "GET",  BOARDS, about="ward"),
    Row("wards:admit",                "GET",  BOARDS, about="ward"),
    Row("wards:admit",                "POST", BOARDS, about="ward", answers=NEEDS_MORE),
    Row("wards:stay",                 "GET",  MEMBERS, about="stay"),
    Row("wards:appointment",          "GET",  MEMBERS, about=Status.BOOKED),
    Row("wards:stay_transfer",        "GET",  BOARDS, about="stay"),
    Row("wards:stay_transfer",        "POST", BOARDS, about="stay", answers=NEEDS_MORE),
    Row("wards:stay_discharge",       "GET",  BOARDS, about="stay"),
    Row("wards:stay_discharge",       "POST", BOARDS, about="stay", data={"status": "home"}),
    Row("wards:stay_take_back",       "GET",  BOARDS, about="stay"),
    Row("wards:stay_take_back",       "POST", BOARDS, about="stay", data={"step": "admission"}),
    Row("wards:stay_menu",            "GET",  BOARDS, about="stay"),
    Row("wards:bed_menu",             "GET",  BOARDS, about="bed"),
    Row("wards:bed_status",           "POST", BOARDS, about="bed", data={"status": "cleaning"}),
    Row("wards:find_patients",        "GET",  BOARDS | DESK),
    Row("wards:patients",             "GET",  BOARDS | QUEUE),
    Row("wards:patient",              "GET",  BOARDS | QUEUE, about="patient"),
    Row("wards:patient_new",          "GET",  DESK),
    Row("wards:patient_new",          "POST", DESK, answers=NEEDS_MORE),
    Row("wards:patient_edit",         "GET",  DESK, about="patient"),
    Row("wards:patient_edit",         "POST", DESK, about="patient", answers=NEEDS_MORE),
    Row("wards:result",               "GET",  BOARDS | TREATING, about="result"),
    Row("wards:roster",               "GET",  MANAGERS),
    Row("wards:duty_plan",            "GET",  MANAGERS, about="ward"),
    Row("wards:duty_plan",            "POST", MANAGERS, about="ward", answers=NEEDS_MORE),
    Row("wards:roster_copy",          "GET",  MANAGERS, about="ward"),
    Row("wards:roster_copy",          "POST", MANAGERS, about="ward"),
    Row("wards:duty_change",          "GET",  MANAGERS, about="duty"),
    Row("wards:duty_change",          "POST", MANAGERS, about="duty", answers=NEEDS_MORE),
    Row("wards:duty_remove",          "GET",  MANAGERS, about="duty"),
    Row("wards:duty_remove",          "POST", MANAGERS, about="duty"),
    Row("wards:arrivals",             "GET",  QUEUE),
    Row("wards:book",                 "GET",  DESK),
    Row("wards:book",                 "POST", DESK, answers=NEEDS_MORE),
    Row("wards:conflicts",            "GET",  DESK),
    Row("wards:appointment_reschedule", "GET", DESK, about=Status.CONFIRMED),
    Row("wards:appointment_reschedule", "POST", DESK, about=Status.CONFIRMED, answers=NEEDS_MORE),
    Row("wards:appointment_confirm",  "POST", DESK, about=Status.BOOKED),
    Row("wards:appointment_arrive",   "POST", DESK, about=Status.CONFIRMED),
    Row("wards:appointment_no_show",  "POST", DESK, about=Status.CONFIRMED),
    Row("wards:appointment_menu",     "GET",  QUEUE, about=Status.BOOKED),
    Row("wards:appointment_cancel",   "GET",  DESK, about=Status.BOOKED),
    Row("wards:appointment_cancel",   "POST", DESK, about=Status.BOOKED,
        data={"status_reason": "Recovered"}),
    Row("wards:appointment_start",    "POST", TREATING, about=Status.ARRIVED),
    Row("wards:appointment_complete", "POST", TREATING, about=Status.IN_PROGRESS),
    Row("old_bulk",                   "GET",  ANYBODY, OPEN),
    Row("bulk:operations",            "GET",  MANAGERS),
    Row("bulk:operation",             "GET",  MANAGERS, about="operation"),
    Row("bulk:confirm",               "POST", MANAGERS, about="operation"),
    Row("bulk:cancel",                "GET",  MANAGERS, about="operation"),
    Row("bulk:cancel",                "POST", MANAGERS, about="operation"),
    Row("bulk:resume",                "POST", MANAGERS, about="operation"),
    Row("bulk:download_input",        "GET",  MANAGERS, about="operation"),
    Row("bulk:download_output",       "GET",  MANAGERS, about="operation"),
    Row("bulk:download_errors",       "GET",  MANAGERS, about="operation"),
    Row("bulk:import_patients",       "GET",  MANAGERS),
    Row("bulk:import_patients",       "POST", MANAGERS, answers=frozenset({422})),
    Row("bulk:import_sample",         "GET",  MANAGERS),
    Row("bulk:assign_patients",       "GET",  MANAGERS),
    Row("bulk:assign_patients",       "POST", MANAGERS, answers=frozenset({422})),
    Row("bulk:assign_sample",         "GET",  MANAGERS),
    Row("bulk:discharge",             "GET",  MANAGERS),
    Row("bulk:discharge",             "POST", MANAGERS, answers=frozenset({422})),
    Row("bulk:export_patients",       "GET",  MANAGERS),
    Row("bulk:export_occupancy",      "GET",  MANAGERS),
    Row("bulk:export_report",         "GET",  MANAGERS),
    Row("bulk:export_report",         "POST", MANAGERS, data={"report_type": "occupancy"}),
    Row("messaging:phone",            "GET",  SENDERS),
    Row("messaging:phone_answer",     "POST", SENDERS, answers=frozenset({204})),
    Row("messaging:preferences",      "GET",  DESK | {Role.PATIENT}, about="patient"),
    Row("messaging:preferences",      "POST", DESK | {Role.PATIENT}, about="patient",
        data={"language": "en"}),
    Row("messaging:home",             "GET",  DESK),
    Row("messaging:analytics",        "GET",  DESK),
    Row("messaging:analytics_export", "GET",  DESK),
    Row("messaging:consent",          "POST", DESK, about="patient", data={"channel": "fax"}),
    Row("messaging:answers",          "GET",  SENDERS),
    Row("messaging:answer_finish",    "POST", SENDERS, about="answer", data={"way": "done"}),
    Row("messaging:answer_reply",     "POST", SENDERS, about="answer", data={"body": "Yes"}),
    Row("messaging:messages",         "GET",  DESK),
    Row("messaging:export",           "GET",  DESK),
    Row("messaging:message",          "GET",  DESK, about="message"),
    Row("messaging:filters",          "GET",  DESK),
    Row("messaging:filters",          "POST", DESK, answers=NEEDS_MORE),
    Row("messaging:filter_delete",    "GET",  DESK, about="filter"),
    Row("messaging:filter_delete",    "POST", DESK, about="filter"),
    Row("messaging:retry",            "POST", WRITERS),
    Row("messaging:message_retry",    "POST", WRITERS, about="message"),
    Row("messaging:message_cancel",   "POST", WRITERS, about="message"),
    Row("messaging:bulks",            "GET",  DESK),
    Row("messaging:bulk_new",         "GET",  WRITERS),
    Row("messaging:bulk_new",         "POST", WRITERS, answers=NEEDS_MORE),
    Row("messaging:bulk_check",       "POST", WRITERS),
    Row("messaging:bulk_sample",      "GET",  WRITERS),
    Row("messaging:bulk_remind",      "POST", WRITERS),
    Row("messaging:bulk",             "GET",  DESK, about="bulk send"),
    Row("messaging:bulk_errors",      "GET",  DESK, about="bulk send"),
    Row("messaging:bulk_people",      "GET",  DESK, about="bulk send"),
    Row("messaging:bulk_edit",        "GET",  WRITERS, about="bulk send"),
    Row("messaging:bulk_edit",        "POST", WRITERS, about="bulk send", answers=NEEDS_MORE),
    Row("messaging:bulk_send",        "GET",  WRITERS, about="bulk send"),
    Row("messaging:bulk_send",        "POST", WRITERS, about="bulk send", answers=NEEDS_MORE),
    Row("messaging:bulk_unschedule",  "POST", WRITERS, about="bulk send"),
    Row("messaging:bulk_approve",     "POST", DESK, about="bulk send"),
    Row("messaging:bulk_decline",     "GET",  DESK, about="bulk send"),
    Row("messaging:bulk_decline",     "POST", DESK, about="bulk send", answers=NEEDS_MORE),
    Row("messaging:bulk_pause",       "POST", WRITERS, about="bulk send"),
    Row("messaging:bulk_resume",      "POST", WRITERS, about="bulk send"),
    Row("messaging:bulk_cancel",      "GET",  WRITERS, about="bulk send"),
    Row("messaging:bulk_cancel",      "POST", WRITERS, about="bulk send"),
    Row("messaging:bulk_retry",       "POST", WRITERS, about="bulk send"),
    Row("messaging:templates",        "GET",  DESK),
    Row("messaging:template",         "GET",  DESK, about="template"),
    Row("messaging:template_create",  "GET",  WRITERS),
    Row("messaging:template_create",  "POST", WRITERS, answers=NEEDS_MORE),
    Row("messaging:template_check",   "POST", WRITERS),
    Row("messaging:template_edit",    "GET",  WRITERS, about="template"),
    Row("messaging:template_edit",    "POST", WRITERS, about="template", answers=NEEDS_MORE),
    Row("messaging:template_toggle",  "POST", WRITERS, about="template"),
    Row("messaging:template_test",    "GET",  WRITERS, about="template"),
    Row("messaging:template_test",    "POST", WRITERS, about="template", answers=NEEDS_MORE),
    Row("messaging:template_delete",  "GET",  ADMINS, about="template"),
    Row("messaging:template_delete",  "POST", ADMINS, about="template"),
    Row("messaging:prices",           "GET",  DESK),
    Row("messaging:price_add",        "POST", MANAGERS, answers=NEEDS_MORE),
    Row("messaging:price_edit",       "POST", MANAGERS, about="price", answers=NEEDS_MORE),
    Row("messaging:price_delete",     "GET",  MANAGERS, about="price"),
    Row("messaging:price_delete",     "POST", MANAGERS, about="price"),
    Row("messaging:budget",           "GET",  MANAGERS),
    Row("messaging:budget",           "POST", MANAGERS, answers=NEEDS_MORE),
    Row("feeds:feeds",                "GET",  ADMINS),
    Row("feeds:feed",                 "GET",  ADMINS, about="feed"),
    Row("feeds:forget",               "POST", ADMINS, about="feed"),
    Row("feeds:message",              "GET",  ADMINS, about="HL7 message"),
    Row("feeds:replay",               "GET",  ADMINS, about="HL7 message"),
    Row("feeds:replay",               "POST", ADMINS, about="HL7 message"),
    Row("feeds:identity",             "GET",  MANAGERS),
    Row("feeds:decide",               "GET",  MANAGERS, about="question"),
    Row("feeds:decide",               "POST", MANAGERS, about="question",
        data={"answer": "dismissed"}),
    Row("inbox:history",              "GET",  MEMBERS),
    Row("inbox:patient_notifications", "GET", MEMBERS),
    Row("inbox:dropdown",             "GET",  MEMBERS),
    Row("inbox:unread_count",         "GET",  ANYBODY, UNAUTHORIZED),
    Row("inbox:frames",               "GET",  ANYBODY, UNAUTHORIZED),
    Row("inbox:mark_all_read",        "POST", MEMBERS),
    Row("inbox:bulk",                 "POST", MEMBERS, data={"action": "read", "ids": "1"}),
    Row("inbox:mark_read",            "POST", MEMBERS, about="notification"),
    Row("inbox:archive",              "POST", MEMBERS, about="notification"),
    Row("inbox:snooze",               "POST", MEMBERS, about="notification"),
    Row("inbox:acknowledge",          "POST", CLINICAL, about="notification"),
]
# fmt: on

"""Reports on Pat as a laboratory sends them, and what somebody has of them."""

from django_scopes import scopes_disabled

from inbox.models import Mailbox, Notification
from tests.wards.hl7 import messages as hl7
from wards.models import User

AT = "20261126150000"


def oru(*obx: str, status: str = "F", test: str = "K^Potassium^L", **fields: str) -> bytes:
    """A report on Pat, who lies in Cardiology, ordered by Priya unless `orderer` is another."""
    given = {"place": "CARD^^C-01", "orderer": "C006^Prasad^Priya", "said": AT} | fields
    order = given.get("order", "P1|F1")
    return hl7.message(
        hl7.header("ORU^R01", **fields),
        f"PID|1||{given.get('number', 'MRN-1')}^^^RAWDAH^MRN||Patel^Pat||19800101|F",
        f"PV1|1|{given.get('patient_class', 'I')}|{given['place']}",
        f"OBR|1|{order}|{test}|||{given.get('observed', '')}|||||||||{given['orderer']}"
        f"||||||{given['said']}|||{status}",
        *obx,
    )


def potassium(value: str, flag: str = "", status: str = "F", between: str = "3.5-5.1") -> str:
    return f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|{between}|{flag}|||{status}"


def alert(user: User) -> Notification:
    """The one alert a user has of a result."""
    with scopes_disabled():
        return Notification.objects.get(recipient=user, result__isnull=False)


def said(user: User) -> tuple[str, str, str]:
    note = alert(user)
    return note.level, note.title, note.message


def box(user: User) -> tuple[int, int]:
    return Mailbox.objects.values_list("seq", "unread").get(user=user)


P = oru(potassium("6.9", "HH", "P"), status="P", said="202611261500")
F = oru(potassium("6.9", "HH"), status="F", said="202611261510")
C = oru(potassium("4.9", "N", "C"), status="C", said="202611261520")

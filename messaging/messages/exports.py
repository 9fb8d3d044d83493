"""Messages as CSV: PostgreSQL writes it, whatever the list is filtered by; memory stays flat.

What messages say stays here: a file goes its own ways.
"""

from typing import BinaryIO

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Concat

from messaging.models import Message
from wards.operations import exports


class Cell(Func):
    """Keeps spreadsheets from taking a text for a formula."""

    function = "wards_cell"
    output_field = TextField()


class Local(Func):
    """A time by the clock on a hospital's wall."""

    template = "to_char(%(expressions)s, 'YYYY-MM-DD HH24:MI:SS')"
    arg_joiner = " AT TIME ZONE "
    output_field = TextField()


def write(file: BinaryIO, messages: QuerySet[Message], zone: str) -> int:
    """Writes one row a message, the newest first, times in `zone`; returns how many."""
    sql, values = messages.order_by("-pk").values(**_columns(zone)).query.sql_with_params()
    return exports.write(file, sql, values)


def _columns(zone: str) -> dict[str, F | Func]:
    def at(field: str) -> Local:
        return Local(F(field), Value(zone))

    name = Concat("patient__first_name", Value(" "), "patient__last_name")
    return {
        "Number": F("pk"),
        "Created": at("created_at"),
        "Patient": Cell(name),
        "Patient_Number": Cell(F("patient__number")),
        "To": Cell(F("address")),
        "Channel": F("channel"),
        "Template": Cell(F("version__template__name")),
        "About": F("topic"),
        "Language": F("language"),
        "Status": F("status"),
        "Reason": Cell(F("reason")),
        "Attempts": F("attempts"),
        "Parts": F("parts"),
        "Cost": F("cost"),
        "Currency": F("currency"),
        "Provider": F("provider"),
        "Sent": at("sent_at"),
        "Delivered": at("delivered_at"),
        "Read": at("read_at"),
    }

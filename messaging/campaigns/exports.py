"""Who did not get it, and why, as CSV: PostgreSQL writes it, memory stays flat."""

from typing import BinaryIO, cast

from messaging.campaigns import lists
from messaging.models import Campaign
from messaging.reasons import Reason
from wards.base import sql
from wards.operations import exports

OURS = ("line", "error", "status", "channel", "address", "patient_id", "name")
MOST = 60  # columns of a file that are written


def write_errors(file: BinaryIO, campaign: Campaign) -> int:
    """Everybody left out, and every message that failed, bounced or was suppressed; how many.

    With the columns of the bulk send's own file, so that it can be corrected and sent again.
    """
    return exports.write(file, _query(campaign), {"bulk": campaign.pk, **_words()})


def _query(campaign: Campaign) -> str:
    # Names of columns are letters, digits and underscores: `lists.columns_of` sees to that.
    own = [name for name in _columns(campaign) if name not in OURS]
    cells = "".join(
        f""", wards_cell(coalesce(recipient."values" ->> '{name}', '')) AS "{name}"\n"""
        for name in own
    )
    return ERRORS.replace("/* own */", cells)


def _columns(campaign: Campaign) -> tuple[str, ...]:
    if campaign.audience != Campaign.Audience.FILE or not campaign.source:
        return ()
    with campaign.source.open("rb") as file:
        columns = lists.columns_of(cast(BinaryIO, file), campaign.parameters.get("columns"))
        return columns.names[:MOST]


def _words() -> dict[str, object]:
    """Our reasons, for the reader."""
    return {
        "codes": [reason.value for reason in Reason],
        "words": [str(reason.label) for reason in Reason],
    }


ERRORS = sql.load("messaging/campaigns/sql/error_file.sql")

"""Who did not get it, and why, as CSV: PostgreSQL writes it, memory stays flat."""

from typing import BinaryIO, cast

from messaging.campaigns import lists
from messaging.models import Campaign
from messaging.reasons import Reason
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
        return lists.columns_of(cast(BinaryIO, file)).names[:MOST]


def _words() -> dict[str, object]:
    """Our reasons, for the reader."""
    return {
        "codes": [reason.value for reason in Reason],
        "words": [str(reason.label) for reason in Reason],
    }


# A reason of ours may say more after a colon; a carrier's code stays as it is.
ERRORS = """
SELECT recipient.line AS "line",
    wards_cell(coalesce(
        reason.words || coalesce(substring(found.why FROM '^[a-z_]+(: .*)$'), ''), found.why
    )) AS "error",
    found.status AS "status",
    coalesce(message.channel, recipient.channel) AS "channel",
    wards_cell(coalesce(message.address, recipient.address)) AS "address",
    wards_cell(coalesce(patient.number, recipient."values" ->> 'patient_id', '')) AS "patient_id",
    wards_cell(coalesce(
        recipient."values" ->> 'name', trim(patient.first_name || ' ' || patient.last_name), ''
    )) AS "name" /* own */
FROM messaging_bulkrecipient AS recipient
LEFT JOIN messaging_message AS message
    ON message.bulk_id = recipient.bulk_id
    AND message.hospital_id = (SELECT hospital_id FROM messaging_bulksend WHERE id = %(bulk)s)
    AND message.key = 'bulk:' || recipient.bulk_id || ':' || recipient.line AND message.key <> ''
    AND message.status IN ('failed', 'bounced', 'suppressed')
LEFT JOIN wards_patient AS patient ON patient.id = recipient.patient_id
CROSS JOIN LATERAL (
    SELECT coalesce(message.status, 'left_out') AS status,
        CASE WHEN message.id IS NULL THEN recipient.excluded ELSE message.reason END AS why
) AS found
LEFT JOIN unnest(%(codes)s::text[], %(words)s::text[]) AS reason (code, words)
    ON reason.code = split_part(found.why, ':', 1)
WHERE recipient.bulk_id = %(bulk)s AND (recipient.excluded <> '' OR message.id IS NOT NULL)
ORDER BY recipient.line
"""

"""Why a message was not sent: our own reasons. Carriers' codes stand beside them as they come."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.carriers import answers


class Reason(models.TextChoices):
    """What `Message.reason` may hold of ours; the label is for people."""

    EXPIRED = "expired", _("Its time had passed before it could be sent.")
    NO_PROVIDER = "no_provider", _("No carrier is set up for this channel.")
    NO_ANSWER = "no_answer", _("The carrier has not answered yet.")
    NOT_TAKEN = "not_taken", _("The carrier has not received it.")
    NOT_TRIED = "not_tried", _("It was put back before it was tried.")
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        _("The carrier never said whether it took it. Ask the patient before sending again."),
    )
    OPTED_OUT = "opted_out", _("The patient does not want such messages this way.")
    SAID_NO = "said_no", _("This number or address has said no to messages.")
    COMES_BACK = "comes_back", _("What goes to this number or address comes back.")
    DISPUTED = "disputed", _("Somebody has to look at an answer from there first.")
    NO_ADDRESS = "no_address", _("There is no number or address for this channel.")
    NO_TEMPLATE = "no_template", _("There is no active template for this channel.")
    NO_VALUE = "no_value", _("The template asks for something that is not known here")
    BAD_TEMPLATE = "bad_template", _("The template's placeholders cannot be read.")
    VISIT_CANCELLED = "visit_cancelled", _("The appointment has been cancelled.")
    VISIT_MOVED = "visit_moved", _("The appointment has another time by now.")
    VISIT_OVER = "visit_over", _("The appointment has begun or is over.")
    DECEASED = "deceased", _("The patient has died.")
    DISCHARGED = "discharged", _("The patient has left the hospital.")
    STILL_HERE = "still_here", _("The patient has not left the hospital after all.")
    WITHDRAWN = "withdrawn", _("What it tells of did not happen after all.")
    # Of old messages: what waits goes to the new address today.
    ADDRESS_CHANGED = "address_changed", _("The number or address has changed meanwhile.")
    DUPLICATE = "duplicate", _("The same words go to this number or address already.")
    BAD_NUMBER = "bad_number", _("There is no such phone number.")
    BAD_ADDRESS = "bad_address", _("This is no e-mail address.")
    LANDLINE = "landline", _("The number is a landline, which cannot take messages.")
    COSTLY_NUMBER = "costly_number", _("Calls to this number cost more: it is not written to.")
    UNKNOWN_PATIENT = "unknown_patient", _("There is no patient with this number.")
    LOST_ZEROS = "lost_zeros", _("There is no patient with this number; did you mean")
    CONTRADICTED = (
        "contradicted",
        _("Name or date of birth contradict the number, which is somebody else's"),
    )
    UNCLEAR_PERSON = "unclear_person", _("It is not clear which patient is meant")
    BAD_ROW = "bad_row", _("The row cannot be read")
    TOO_LONG = "too_long", _("With these values the text is too long for this channel.")
    LEFT = "left", _("This person does not work here any more.")


# These name somebody after the colon, and are counted without it.
NAMING = (Reason.LOST_ZEROS, Reason.CONTRADICTED, Reason.UNCLEAR_PERSON)

# Why was this message not sent? Where each reason is decided, the usual place first.
DECIDED_IN: dict[Reason, tuple[str, ...]] = {
    Reason.EXPIRED: ("messaging.delivery.claims._wanted", "messaging.delivery.intents._message"),
    Reason.NO_PROVIDER: ("messaging.delivery.orphans._rehome",),
    Reason.NO_ANSWER: ("messaging.delivery.outcomes._wait",),
    Reason.NOT_TAKEN: ("messaging.delivery.outcomes._apply",),
    Reason.NOT_TRIED: ("messaging.delivery.outcomes._apply",),
    Reason.OUTCOME_UNKNOWN: ("messaging.delivery.outcomes.leave_unclear",),
    Reason.OPTED_OUT: ("messaging.delivery.reach._on", "messaging.delivery.last_check._unwanted"),
    Reason.SAID_NO: ("messaging.contacts.ledger.why",),
    Reason.COMES_BACK: ("messaging.contacts.ledger.why",),
    Reason.DISPUTED: ("messaging.contacts.ledger.why",),
    Reason.NO_ADDRESS: ("messaging.contacts.addresses.find", "messaging.delivery.reach.reach"),
    Reason.BAD_NUMBER: ("messaging.contacts.addresses.find",),
    Reason.BAD_ADDRESS: ("messaging.contacts.addresses.find",),
    Reason.NO_TEMPLATE: ("messaging.delivery.reach._on",),
    Reason.NO_VALUE: ("messaging.delivery.reach._on",),
    Reason.BAD_TEMPLATE: ("messaging.delivery.reach._on",),
    Reason.TOO_LONG: ("messaging.delivery.reach._on",),
    Reason.VISIT_CANCELLED: ("messaging.delivery.intents.not_at",),
    Reason.VISIT_MOVED: (
        "messaging.delivery.intents.not_at",
        "messaging.delivery.intents._of_appointment",
    ),
    Reason.VISIT_OVER: (
        "messaging.delivery.intents.not_at",
        "messaging.campaigns.queueing._leave_out_the_untrue",
    ),
    Reason.DECEASED: (
        "messaging.delivery.last_check._verdict",
        "messaging.delivery.intents._contact",
        "messaging.campaigns.recipients.Composer._contact",
    ),
    Reason.LEFT: ("messaging.delivery.last_check._unwanted",),
    Reason.DISCHARGED: ("messaging.delivery.intents._of_stay",),
    Reason.STILL_HERE: ("messaging.delivery.intents._of_stay",),
    Reason.WITHDRAWN: (
        "messaging.delivery.intents._untrue",
        "messaging.delivery.intents._of_results",
        "inbox.fanout.withdrawals.take_back",
        "inbox.fanout.withdrawals.unsay",
    ),
    Reason.DUPLICATE: (
        "messaging.campaigns.recipients.Composer.compose",
        "messaging.campaigns.lists._person",
    ),
    Reason.LANDLINE: ("messaging.contacts.addresses.find",),
    Reason.COSTLY_NUMBER: ("messaging.contacts.addresses.find",),
    Reason.UNKNOWN_PATIENT: ("messaging.campaigns.known._numbered",),
    Reason.LOST_ZEROS: ("messaging.campaigns.known._numbered",),
    Reason.CONTRADICTED: ("messaging.campaigns.known._numbered",),
    Reason.UNCLEAR_PERSON: ("messaging.campaigns.known._shared",),
    Reason.BAD_ROW: ("messaging.campaigns.lists._person",),
    Reason.ADDRESS_CHANGED: (),  # of old messages only
}


def in_words(reason: str) -> str:
    """Our own reasons in the reader's language, a carrier's code as it is.

    One of ours may say more after a colon, as "no_value: bed_number".
    """
    ours, colon, more = reason.partition(": ")
    if ours not in Reason.values:
        return reason
    label = str(Reason(ours).label)
    return f"{label.rstrip('.')}{colon}{more}" if more else label


def explained(reason: str) -> str:
    """The reason as people are told it: a carrier's own code is named as such, and in words."""
    words = in_words(reason)
    if not reason or words != reason:
        return words
    return gettext("The carrier says: %s") % (answers.in_words(reason) or reason)

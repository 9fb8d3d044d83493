"""The words of each service for e-mail, and what they mean: one table a service, with its source.

For good is only what says that there is no such mailbox, or that it may not be written to. Lists of
those who unsubscribed, complained or bounced before (suppression lists) count as their own word.
Everything else that failed is tried again, alike for all of them.
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason


class Means(Enum):
    """What a word says beyond Anymail's own reading."""

    GONE = auto()  # no such mailbox
    ON_A_LIST = auto()  # of those who are not to be written to
    PASSING = auto()
    NOTHING = auto()  # nothing new, or a machine looked


G, L, P, N = Means.GONE, Means.ON_A_LIST, Means.PASSING, Means.NOTHING

# https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event : "type" of a bounce
# ("blocked" may pass), "reason" of what was dropped.
SENDGRID = {"bounce": G, "blocked": P, "expired": P}
SENDGRID_DROPPED = {
    "bounced address": G, "invalid": G, "unsubscribed address": L, "spam reporting address": L,
}  # fmt: skip
# https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
SES = {"permanent": G, "transient": P, "undetermined": P}
SES_LISTS = ("suppressed", "onaccountsuppressionlist")
# https://developers.brevo.com/docs/transactional-webhooks ("blocked": on the list of contacts)
BREVO = {
    "hard_bounce": G, "invalid_email": G, "soft_bounce": P, "error": P, "blocked": L,
    "unique_proxy_open": N, "proxy_open": N,
}  # fmt: skip
# https://developers.mailersend.com/general/webhooks.html
MAILERSEND = {"hard_bounced": G, "soft_bounced": P}
# https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure/ : "reason" of a
# failure that is permanent; "old" and "generic" were tried for hours.
MAILGUN = {
    "bounce": G, "suppress-bounce": G, "suppress-unsubscribe": L, "suppress-complaint": L,
}  # fmt: skip
# https://dev.mailjet.com/email/guides/webhooks/ : "error"
MAILJET = {
    "user unknown": G, "mailbox inactive": G, "invalid domain": G, "no mail host": G, "typofix": G,
    "spam reporter": L, "preblocked": L, "blacklisted": L,
}  # fmt: skip
# https://docs.mailtrap.io/email-api-smtp/advanced/webhooks ("reject": on the suppression list)
MAILTRAP = {"bounce": G, "soft bounce": P, "reject": L, "suspension": P}
# https://mailchimp.com/developer/transactional/docs/webhooks/ ; the reasons of a reject:
# https://mailchimp.com/developer/transactional/docs/reputation-rejections/
MANDRILL = {"hard_bounce": G, "soft_bounce": P}
MANDRILL_REJECTS = {"hard-bounce": G, "spam": L, "unsub": L, "custom": L}
MANDRILL_OURS = ("invalid-sender", "unsigned", "test-mode-limit", "rule", "invalid")
# https://docs.postalserver.io/developer/webhooks
POSTAL = {"HardFail": G, "Held": N, "SoftFail": N}
# https://postmarkapp.com/developer/api/bounce-api#bounce-types
POSTMARK = {
    "HardBounce": G, "BadEmailAddress": G, "SoftBounce": P, "DnsError": P, "Transient": N,
    "Blocked": P, "DMARCPolicy": P, "VirusNotification": P, "Unconfirmed": P,
    "ManuallyDeactivated": L, "ManualSuppression": L,
}  # fmt: skip
# https://resend.com/docs/dashboard/webhooks/event-types : "type" and "subType" of the bounce
RESEND = {"permanent": G, "transient": P, "undetermined": P}
# https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
SPARKPOST = {"10": G, "30": G, "90": L}
# https://godocs.unisender.ru/web-api-ref#callback-format : "delivery_status"
UNISENDER = {
    "err_user_unknown": G, "err_user_inactive": G, "err_domain_inactive": G,
    "err_mailbox_discarded": G, "err_unsubscribed": L, "err_will_retry": N,
}  # fmt: skip


def means(esp: str, event: AnymailTrackingEvent) -> Means | None:
    """What the service's own words say of an event; None where Anymail's reading is all."""
    if event.event_type in (EventType.COMPLAINED, EventType.UNSUBSCRIBED):
        return None
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    found = READERS[esp](raw, event) if esp in READERS else None
    if found or event.event_type not in (EventType.BOUNCED, EventType.REJECTED):
        return found
    return L if event.reject_reason in (RejectReason.UNSUBSCRIBED, RejectReason.SPAM) else None


def refused_address(esp: str, body: Mapping[str, Any]) -> bool:
    """Whether the answer to a call says that there is no such address."""
    said = body.get("message", "")
    if esp == "mailgun":  # https://documentation.mailgun.com/docs/mailgun/api-reference/
        return "to parameter is not a valid address" in str(said).lower().replace("'", "")
    if esp == "sendgrid":  # https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
        faults = body.get("errors")
        every = faults if isinstance(faults, list) else []
        fields = [str(each.get("field")) for each in every if isinstance(each, Mapping)]
        return bool(fields) and all(".to" in field for field in fields)
    if esp == "mailersend":  # https://developers.mailersend.com/api/v1/email.html
        wrong = body.get("errors")
        return (
            isinstance(wrong, Mapping) and bool(wrong) and all(k.startswith("to.") for k in wrong)
        )
    return False


def refused_sender(answer: str) -> bool:
    """Whether Mandrill rejected a letter for what is wrong with us, in words of its own."""
    return any(f'"reject_reason": "{why}"' in answer for why in MANDRILL_OURS) or any(
        f'"reject_reason":"{why}"' in answer for why in MANDRILL_OURS
    )


def _get(raw: Any, *path: str) -> Any:
    for name in path:
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return raw


def _word(raw: Any, *path: str) -> str:
    return str(_get(raw, *path) or "").lower()


def _sendgrid(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if raw.get("sg_machine_open") in (True, "true"):
        return N
    if raw.get("event") == "dropped":
        return SENDGRID_DROPPED.get(_word(raw, "reason") or _word(raw, "type"))
    if raw.get("event") != "bounce":
        return None
    said = SENDGRID.get(_word(raw, "type"), P)
    return P if _word(raw, "status").startswith("4.") else said


def _ses(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if event.event_type != EventType.BOUNCED:
        return None
    on_a_list = _word(raw, "bounce", "bounceSubType") in SES_LISTS
    return L if on_a_list else SES.get(_word(raw, "bounce", "bounceType"), P)


def _mailersend(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    return MAILERSEND.get(_word(raw, "data", "type"))


def _mailgun(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if bot := _word(raw, "event-data", "client-info", "bot"):
        # Gmail's fetches a picture when its reader opens the letter.
        return None if bot == "gmail" else N
    if _word(raw, "event-data", "event") == "failed" and event.event_type == EventType.BOUNCED:
        return MAILGUN.get(_word(raw, "event-data", "reason"), P)
    if _get(raw, "event") in ("bounced", "dropped"):  # before 2018
        return G if event.reject_reason == RejectReason.BOUNCED else None
    return None


def _mailjet(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if event.event_type not in (EventType.BOUNCED, EventType.REJECTED):
        return None
    said = MAILJET.get(_word(raw, "error"))
    if said is L or raw.get("hard_bounce") not in (False, "false"):
        return said or (G if raw.get("hard_bounce") is True else P)
    return P


def _mandrill(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if raw.get("event") == "reject":
        reason = _word(raw, "msg", "reject", "reason") or _word(raw, "reject", "reason")
        return MANDRILL_REJECTS.get(reason)
    return MANDRILL.get(str(raw.get("event")))


def _postal(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    details = _word(raw, "payload", "details")
    if "suppression list" in details:
        return L
    if _get(raw, "payload", "bounce"):
        return G
    said = POSTAL.get(str(_get(raw, "payload", "status")))
    return P if said is G and "maximum number" in details else said


def _postmark(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if raw.get("RecordType") == "SubscriptionChange":
        return N  # of the address, not of a letter; its bounce was told before
    return POSTMARK.get(str(raw.get("Type"))) if raw.get("RecordType") == "Bounce" else None


def _resend(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    if raw.get("type") == "email.suppressed":
        return L
    if raw.get("type") == "email.failed":
        return P
    if event.event_type != EventType.BOUNCED:
        return None
    kinds = (_word(raw, "data", "bounce", "subType"), _word(raw, "data", "bounce", "type"))
    if kinds[0] in SES_LISTS or "suppressed" in _word(raw, "data", "bounce", "message"):
        return L
    return RESEND.get(kinds[1], P)


def _sparkpost(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    (said,) = _get(raw, "msys").values()
    if _get(said, "user_agent_parsed", "is_prefetched") is True:
        return N
    if "suppressed" in _word(said, "raw_reason") + _word(said, "reason"):
        return L
    if event.event_type in (EventType.BOUNCED, EventType.REJECTED):
        return SPARKPOST.get(str(_get(said, "bounce_class")), P)
    return None


def _unisender(raw: Mapping[str, Any], event: AnymailTrackingEvent) -> Means | None:
    said = UNISENDER.get(_word(raw, "delivery_info", "delivery_status"))
    return said or P if raw.get("status") in ("soft_bounced", "hard_bounced") else None


def _table(table: Mapping[str, Means], name: str) -> Callable[..., Means | None]:
    return lambda raw, event: table.get(str(raw.get(name)))


READERS: dict[str, Callable[..., Means | None]] = {
    "amazon_ses": _ses,
    "brevo": _table(BREVO, "event"),
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mailjet": _mailjet,
    "mailtrap": _table(MAILTRAP, "event"),
    "mandrill": _mandrill,
    "postal": _postal,
    "postmark": _postmark,
    "resend": _resend,
    "sendgrid": _sendgrid,
    "sparkpost": _sparkpost,
    "unisender_go": _unisender,
}

"""What each service for e-mail posts, in the shapes of its documentation: minimal, and our own.

Each is about the letter with the reference "7-2", which the service calls `ID`, unless it says
otherwise. The sources are those of messaging/carriers/mail_words.py.
"""

import json
from typing import Any

TO, ID, AT = "layla@patients.example", "their-id", 1795192749  # 2026-11-20T15:19:09Z
ISO = "2026-11-20T15:19:09Z"
OURS = {"reference": "7-2"}


def sendgrid(event: str, **more: Any) -> list[dict[str, Any]]:
    about = {"email": TO, "timestamp": AT, "event": event, "sg_event_id": "e", "anymail_id": ID}
    return [about | OURS | more]


def ses(kind: str, **more: Any) -> dict[str, Any]:
    headers = [{"name": "X-Metadata", "value": json.dumps(OURS)}]
    about = {
        "eventType": kind,
        "mail": {"messageId": ID, "destination": [TO], "headers": headers},
        kind.lower(): more,
    }
    return sns("Notification", json.dumps(about))


def sns(kind: str, message: str = "", **more: Any) -> dict[str, Any]:
    arn = "arn:aws:sns:us-east-1:123456789012:receipts"
    about = {"Type": kind, "MessageId": "sns-1", "TopicArn": arn, "Timestamp": ISO}
    return about | {"Message": message} | more


def ses_bounce(kind: str, sub: str = "General") -> dict[str, Any]:
    recipients = [{"emailAddress": TO, "diagnosticCode": "smtp; 550 5.1.1"}]
    return ses("Bounce", bounceType=kind, bounceSubType=sub, bouncedRecipients=recipients)


def brevo(event: str, **more: Any) -> dict[str, Any]:
    about = {"event": event, "email": TO, "message-id": ID, "ts_epoch": AT * 1000}
    return about | {"X-Mailin-custom": json.dumps(OURS)} | more


def mailersend(kind: str, **more: Any) -> dict[str, Any]:
    email = {"message": {"id": ID}, "recipient": {"email": TO}, "tags": None}
    data = {"object": "activity", "id": "a", "type": kind, "created_at": ISO, "email": email}
    return {"type": f"activity.{kind}", "data": data | more}


def mailgun(event: str, **more: Any) -> dict[str, Any]:
    about = {
        "event": event,
        "timestamp": AT,
        "recipient": TO,
        "message": {"headers": {"message-id": ID}},
        "user-variables": OURS,
    }
    return {"event-data": about | more}


def mailjet(event: str, **more: Any) -> list[dict[str, Any]]:
    about = {"event": event, "time": AT, "MessageID": 19421777835146490, "email": TO}
    return [about | {"Payload": json.dumps(OURS)} | more]


def mailtrap(event: str, **more: Any) -> dict[str, Any]:
    about = {"event": event, "message_id": ID, "email": TO, "timestamp": AT, "event_id": "e"}
    return {"events": [about | {"custom_variables": OURS} | more]}


def mandrill(event: str, **more: Any) -> list[dict[str, Any]]:
    message = {"email": TO, "metadata": OURS} | more.pop("msg", {})
    return [{"event": event, "_id": ID, "ts": AT, "msg": message} | more]


def postal(status: str = "", **more: Any) -> dict[str, Any]:
    message = {"id": 12345, "to": TO, "direction": "outgoing", "tag": None}
    payload: dict[str, Any] = {"message": message, "status": status} if status else {}
    return {"event": "x", "timestamp": AT + 0.5, "uuid": "u", "payload": payload | more}


def postal_bounce() -> dict[str, Any]:
    original = {"id": 12345, "to": TO, "direction": "outgoing", "tag": None}
    return postal(original_message=original, bounce={"id": 12347, "direction": "incoming"})


def postmark(kind: str, **more: Any) -> dict[str, Any]:
    about = {"RecordType": kind, "MessageID": ID, "Recipient": TO, "Metadata": OURS}
    return about | {"DeliveredAt": ISO} | more


def resend(kind: str, **more: Any) -> dict[str, Any]:
    headers = [{"name": "X-Metadata", "value": json.dumps(OURS)}]
    data = {"email_id": ID, "to": [TO], "headers": headers}
    return {"type": kind, "created_at": ISO, "data": data | more}


def resend_bounce(kind: str, sub: str = "General") -> dict[str, Any]:
    return resend(
        "email.bounced", bounce={"message": "It came back.", "type": kind, "subType": sub}
    )


def sparkpost(kind: str, **more: Any) -> list[dict[str, Any]]:
    about = {"type": kind, "transmission_id": ID, "raw_rcpt_to": TO, "timestamp": str(AT)}
    return [{"msys": {"message_event": about | {"rcpt_meta": OURS} | more}}]


def unisender(status: str, delivery: str = "") -> dict[str, Any]:
    about = {
        "status": status,
        "email": TO,
        "job_id": ID,
        "event_time": "2026-11-20 15:19:09",
        "metadata": OURS,
        "delivery_info": {"delivery_status": delivery},
    }
    event = {"event_name": "transactional_email_status", "event_data": about}
    return {"auth": "AUTH", "events_by_user": [{"user_id": 1, "events": [event]}]}

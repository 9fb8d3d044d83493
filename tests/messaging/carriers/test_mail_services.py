"""Every service for e-mail that `manage.py check` accepts works both ways."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.test import Client
from pytest_django.fixtures import Settings

from config import checks
from messaging import carriers, webhooks
from messaging.carriers.base import Accepted, Carrier, Inbound, Outgoing, Receipt, Refusal
from messaging.carriers.mail_services import Anymail
from messaging.channels import Channel
from messaging.statuses import Status
from tests.messaging.carriers.mail_payloads import (
    AT,
    ID,
    TO,
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mailtrap,
    mandrill,
    postal,
    postal_bounce,
    postmark,
    resend,
    resend_bounce,
    sendgrid,
    ses,
    ses_bounce,
    sns,
    sparkpost,
    unisender,
)
from tests.messaging.listener import Answer, Listener

pytestmark = pytest.mark.django_db
ADDRESS, SECRET = "/webhooks/messages/anymail/", "user:a-secret"
RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())


def public(key: Any) -> str:
    """The body of a PEM, as these services show it."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "\n".join(pem.decode().splitlines()[1:-1])


KEYS = {
    "WEBHOOK_SECRET": SECRET,
    "SENDGRID_API_KEY": "k",
    "BREVO_API_KEY": "k",
    "MAILERSEND_API_TOKEN": "k",
    "MAILERSEND_SIGNING_SECRET": "signs",
    "MAILGUN_API_KEY": "k",
    "MAILGUN_WEBHOOK_SIGNING_KEY": "signs",
    "MAILJET_API_KEY": "k",
    "MAILJET_SECRET_KEY": "k",
    "MAILTRAP_API_TOKEN": "k",
    "MANDRILL_API_KEY": "k",
    "MANDRILL_WEBHOOK_KEY": "signs",
    "POSTAL_API_KEY": "k",
    "POSTAL_API_URL": "https://postal.example",
    "POSTAL_WEBHOOK_KEY": public(RSA),
    "POSTMARK_SERVER_TOKEN": "k",
    "RESEND_API_KEY": "k",
    "SPARKPOST_API_KEY": "k",
    "UNISENDER_GO_API_KEY": "signs",
    "UNISENDER_GO_API_URL": "https://go1.unisender.example/",
}
HAS_SES = pytest.mark.skipif(find_spec("boto3") is None, reason="needs boto3")


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    settings.EMAIL_FROM, settings.PUBLIC_URL = "messages@rawdah.example", "https://w.example"
    settings.ANYMAIL = dict(KEYS)
    settings.MESSAGING_PROVIDERS = ["anymail"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the webhook passes on, instead of what becomes of it."""
    told: list[Any] = []

    def pass_on(carrier: Carrier, found: list[Any]) -> bool:
        told.extend(found)
        return True

    monkeypatch.setattr(webhooks, "_pass_on", pass_on)
    return told


def post(
    client: Client, settings: Settings, esp: str, about: Any, **headers: str
) -> tuple[int, dict[str, str]]:
    """One call of the service, signed and with the password as it does; the answer's status."""
    settings.ANYMAIL_ESP = esp
    carriers.get.cache_clear()
    data = about if isinstance(about, bytes) else json.dumps(about).encode()
    given = {"Authorization": f"Basic {b64encode(SECRET.encode()).decode()}"} | headers
    if esp == "mandrill":
        form = {"mandrill_events": data.decode()}
        signed = f"http://{SECRET}@testserver{ADDRESS}mandrill_events{form['mandrill_events']}"
        made = hmac.new(b"signs", signed.encode(), hashlib.sha1).digest()
        answer = client.post(
            ADDRESS, form, headers={"X-Mandrill-Signature": b64encode(made).decode()} | given
        )
        return answer.status_code, dict(answer.headers)
    if esp == "mailersend":
        given = {"Signature": hmac.new(b"signs", data, hashlib.sha256).hexdigest()} | given
    elif esp == "postal":
        signature = RSA.sign(data, padding.PKCS1v15(), hashes.SHA1())
        given = {"X-Postal-Signature": b64encode(signature).decode()} | given
    elif esp == "mailgun" and isinstance(about, dict):
        signed = hmac.new(b"signs", b"1t", hashlib.sha256).hexdigest()
        block = {"timestamp": "1", "token": "t", "signature": signed}
        data = json.dumps(about | {"signature": block}).encode()
    elif esp == "unisender_go":
        auth = hashlib.md5(data.replace(b"AUTH", b"signs")).hexdigest().encode()
        data = data.replace(b"AUTH", auth)
    elif esp == "amazon_ses" and isinstance(about, dict):
        names = {"type": about["Type"], "id": about["MessageId"]}
        given |= {f"x-amz-sns-message-{name}": value for name, value in names.items()}
    answer = client.post(ADDRESS, data, content_type="application/json", headers=given)
    return answer.status_code, dict(answer.headers)


STOP = "STOP"
S = Status
EVENTS: list[tuple[str, Any, list[Any]]] = [
    ("sendgrid", sendgrid("processed"), []),
    ("sendgrid", sendgrid("deferred", response="450 later"), []),
    ("sendgrid", sendgrid("delivered"), [S.DELIVERED]),
    ("sendgrid", sendgrid("bounce", type="bounce", status="5.1.1"), [S.BOUNCED]),
    ("sendgrid", sendgrid("bounce", type="blocked", status="5.7.1"), [S.FAILED]),
    ("sendgrid", sendgrid("bounce", type="bounce", status="4.2.2"), [S.FAILED]),
    ("sendgrid", sendgrid("dropped", reason="Bounced Address"), [S.BOUNCED]),
    ("sendgrid", sendgrid("dropped", reason="Unsubscribed Address"), [STOP, S.BOUNCED]),
    ("sendgrid", sendgrid("dropped", reason="Spam Reporting Address"), [STOP, S.BOUNCED]),
    ("sendgrid", sendgrid("dropped", reason="Spam Content (if enabled)"), [S.FAILED]),
    ("sendgrid", sendgrid("open", useragent="Mozilla/5.0 (iPhone)"), [S.READ]),
    ("sendgrid", sendgrid("open", useragent="Mozilla/5.0", sg_machine_open=True), []),
    ("sendgrid", sendgrid("open", useragent="Mozilla/5.0"), []),
    ("sendgrid", sendgrid("click", useragent="Barracuda Sentinel (EE)"), []),
    ("sendgrid", sendgrid("click", url="https://w.example"), [S.READ]),
    ("sendgrid", sendgrid("spamreport"), [STOP]),
    ("sendgrid", sendgrid("unsubscribe"), [STOP]),
    ("sendgrid", sendgrid("group_resubscribe"), []),
    ("brevo", brevo("request"), []),
    ("brevo", brevo("delivered"), [S.DELIVERED]),
    ("brevo", brevo("hard_bounce"), [S.BOUNCED]),
    ("brevo", brevo("soft_bounce"), [S.FAILED]),
    ("brevo", brevo("deferred"), []),
    ("brevo", brevo("invalid_email"), [S.BOUNCED]),
    ("brevo", brevo("blocked"), [STOP, S.BOUNCED]),
    ("brevo", brevo("error"), [S.FAILED]),
    ("brevo", brevo("unique_opened"), [S.READ]),
    ("brevo", brevo("unique_proxy_open"), []),
    ("brevo", brevo("proxy_open"), []),
    ("brevo", brevo("spam"), [STOP]),
    ("brevo", brevo("unsubscribe"), [STOP]),
    ("mailersend", mailersend("sent"), [S.SENT]),
    ("mailersend", mailersend("delivered"), [S.DELIVERED]),
    ("mailersend", mailersend("soft_bounced", morph={"object": "recipient_bounce"}), [S.FAILED]),
    ("mailersend", mailersend("hard_bounced", morph={"object": "recipient_bounce"}), [S.BOUNCED]),
    ("mailersend", mailersend("opened"), [S.READ]),
    ("mailersend", mailersend("spam_complaint"), [STOP]),
    ("mailersend", mailersend("unsubscribed"), [STOP]),
    ("mailersend", mailersend("survey_opened"), []),
    ("mailgun", mailgun("accepted"), []),
    ("mailgun", mailgun("delivered"), [S.DELIVERED]),
    ("mailgun", mailgun("failed", severity="temporary", reason="generic"), []),
    ("mailgun", mailgun("failed", severity="permanent", reason="bounce"), [S.BOUNCED]),
    ("mailgun", mailgun("failed", severity="permanent", reason="old"), [S.FAILED]),
    ("mailgun", mailgun("failed", severity="permanent", reason="generic"), [S.FAILED]),
    ("mailgun", mailgun("failed", severity="permanent", reason="suppress-bounce"), [S.BOUNCED]),
    (
        "mailgun",
        mailgun("failed", severity="permanent", reason="suppress-unsubscribe"),
        [STOP, S.BOUNCED],
    ),
    (
        "mailgun",
        mailgun("failed", severity="permanent", reason="suppress-complaint"),
        [STOP, S.BOUNCED],
    ),
    ("mailgun", mailgun("rejected", reject={"reason": "Sandbox"}), [S.FAILED]),
    ("mailgun", mailgun("opened", **{"client-info": {"bot": ""}}), [S.READ]),
    ("mailgun", mailgun("opened", **{"client-info": {"bot": "gmail"}}), [S.READ]),
    ("mailgun", mailgun("opened", **{"client-info": {"bot": "apple"}}), []),
    ("mailgun", mailgun("complained"), [STOP]),
    ("mailgun", mailgun("unsubscribed"), [STOP]),
    ("mailjet", mailjet("sent"), [S.DELIVERED]),
    ("mailjet", mailjet("bounce", hard_bounce=True, error="user unknown"), [S.BOUNCED]),
    ("mailjet", mailjet("bounce", hard_bounce=False, error="quota exceeded"), [S.FAILED]),
    ("mailjet", mailjet("bounce", hard_bounce=False, error="greylisted"), []),  # it goes on
    ("mailjet", mailjet("blocked", error="preblocked"), [STOP, S.BOUNCED]),
    ("mailjet", mailjet("blocked", error="content blocked"), [S.FAILED]),
    ("mailjet", mailjet("open"), [S.READ]),
    ("mailjet", mailjet("spam", source="JMRPP"), [STOP]),
    ("mailjet", mailjet("unsub", mj_list_id=1), [STOP]),
    ("mailtrap", mailtrap("delivery"), [S.DELIVERED]),
    ("mailtrap", mailtrap("bounce", response_code=550), [S.BOUNCED]),
    ("mailtrap", mailtrap("soft bounce", response_code=450), [S.FAILED]),
    ("mailtrap", mailtrap("reject", reason="unsubscribed"), [STOP, S.BOUNCED]),
    ("mailtrap", mailtrap("suspension"), [S.FAILED]),
    ("mailtrap", mailtrap("open"), [S.READ]),
    ("mailtrap", mailtrap("spam"), [STOP]),
    ("mandrill", mandrill("send"), [S.SENT]),
    ("mandrill", mandrill("deferral"), []),
    ("mandrill", mandrill("hard_bounce"), [S.BOUNCED]),
    ("mandrill", mandrill("soft_bounce"), [S.FAILED]),
    ("mandrill", mandrill("reject", msg={"reject": {"reason": "unsub"}}), [STOP, S.BOUNCED]),
    ("mandrill", mandrill("reject", msg={"reject": {"reason": "hard-bounce"}}), [S.BOUNCED]),
    ("mandrill", mandrill("reject", msg={"reject": {"reason": "rule"}}), [S.FAILED]),
    ("mandrill", mandrill("open", user_agent="Mozilla/5.0 (X11)"), [S.READ]),
    ("mandrill", mandrill("spam"), [STOP]),
    ("mandrill", mandrill("unsub"), [STOP]),
    ("postal", postal("Sent"), [S.DELIVERED]),
    ("postal", postal("SoftFail"), []),
    ("postal", postal("HardFail", details="550 no such user"), [S.BOUNCED]),
    ("postal", postal("HardFail", details="Maximum number of delivery attempts (18)"), [S.FAILED]),
    ("postal", postal("Held", details="Recipient is on the suppression list"), [STOP, S.BOUNCED]),
    ("postal", postal("Held", details="Credential is configured to hold"), []),
    ("postal", postal_bounce(), [S.BOUNCED]),
    ("postal", postal(url="https://w.example", message={"id": 12345, "to": TO}), [S.READ]),
    ("postmark", postmark("Delivery"), [S.DELIVERED]),
    ("postmark", postmark("Bounce", Type="HardBounce"), [S.BOUNCED]),
    ("postmark", postmark("Bounce", Type="SoftBounce"), [S.FAILED]),
    ("postmark", postmark("Bounce", Type="Transient"), []),
    ("postmark", postmark("Bounce", Type="DnsError"), [S.FAILED]),
    ("postmark", postmark("Bounce", Type="Blocked"), [S.FAILED]),
    ("postmark", postmark("Bounce", Type="BadEmailAddress"), [S.BOUNCED]),
    ("postmark", postmark("Bounce", Type="ManuallyDeactivated"), [STOP, S.BOUNCED]),
    ("postmark", postmark("Bounce", Type="AutoResponder"), []),
    ("postmark", postmark("Bounce", Type="Unsubscribe"), [STOP]),
    ("postmark", postmark("Open", UserAgent="Mozilla/5.0"), []),
    ("postmark", postmark("Open", UserAgent="Thunderbird/128"), [S.READ]),
    ("postmark", postmark("SpamComplaint", Type="SpamComplaint"), [STOP]),
    (
        "postmark",
        postmark("SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression"),
        [STOP],
    ),
    (
        "postmark",
        postmark("SubscriptionChange", SuppressSending=True, SuppressionReason="HardBounce"),
        [],
    ),
    ("resend", resend("email.sent"), [S.SENT]),
    ("resend", resend("email.delivered"), [S.DELIVERED]),
    ("resend", resend("email.delivery_delayed"), []),
    ("resend", resend_bounce("Permanent"), [S.BOUNCED]),
    ("resend", resend_bounce("Transient", "MailboxFull"), [S.FAILED]),
    ("resend", resend_bounce("Permanent", "OnAccountSuppressionList"), [STOP, S.BOUNCED]),
    ("resend", resend("email.suppressed"), [STOP, S.BOUNCED]),
    ("resend", resend("email.failed"), [S.FAILED]),
    ("resend", resend("email.opened"), [S.READ]),
    ("resend", resend("email.complained"), [STOP]),
    ("sparkpost", sparkpost("injection"), []),
    ("sparkpost", sparkpost("delivery"), [S.DELIVERED]),
    ("sparkpost", sparkpost("delay", bounce_class="20"), []),
    ("sparkpost", sparkpost("bounce", bounce_class="10"), [S.BOUNCED]),
    ("sparkpost", sparkpost("bounce", bounce_class="30"), [S.BOUNCED]),
    ("sparkpost", sparkpost("bounce", bounce_class="22"), [S.FAILED]),
    ("sparkpost", sparkpost("bounce", bounce_class="51"), [S.FAILED]),
    ("sparkpost", sparkpost("out_of_band", bounce_class="10"), [S.BOUNCED]),
    (
        "sparkpost",
        sparkpost("policy_rejection", raw_reason="550 recipient address was suppressed"),
        [STOP, S.BOUNCED],
    ),
    ("sparkpost", sparkpost("open", user_agent="x"), [S.READ]),
    ("sparkpost", sparkpost("open", user_agent_parsed={"is_prefetched": True}), []),
    ("sparkpost", sparkpost("spam_complaint"), [STOP]),
    ("sparkpost", sparkpost("list_unsubscribe"), [STOP]),
    ("sparkpost", [{"msys": {}}], []),
    ("unisender_go", unisender("sent"), [S.SENT]),
    ("unisender_go", unisender("delivered", "ok_delivered"), [S.DELIVERED]),
    ("unisender_go", unisender("soft_bounced", "err_will_retry"), []),
    ("unisender_go", unisender("soft_bounced", "err_mailbox_full"), [S.FAILED]),
    ("unisender_go", unisender("hard_bounced", "err_user_unknown"), [S.BOUNCED]),
    ("unisender_go", unisender("hard_bounced", "err_mailbox_full"), [S.FAILED]),
    ("unisender_go", unisender("hard_bounced", "err_unsubscribed"), [STOP, S.BOUNCED]),
    ("unisender_go", unisender("opened"), [S.READ]),
    ("unisender_go", unisender("spam"), [STOP]),
    ("amazon_ses", ses("Send"), [S.SENT]),
    ("amazon_ses", ses("Delivery", recipients=[TO]), [S.DELIVERED]),
    ("amazon_ses", ses_bounce("Permanent"), [S.BOUNCED]),
    ("amazon_ses", ses_bounce("Transient", "MailboxFull"), [S.FAILED]),
    ("amazon_ses", ses_bounce("Undetermined"), [S.FAILED]),
    ("amazon_ses", ses_bounce("Permanent", "OnAccountSuppressionList"), [STOP, S.BOUNCED]),
    ("amazon_ses", ses("Complaint", complainedRecipients=[{"emailAddress": TO}]), [STOP]),
    ("amazon_ses", ses("Reject", reason="Bad content"), [S.FAILED]),
    ("amazon_ses", ses("Open", userAgent="Mozilla/5.0"), []),
]
BY_THEIR_OWN_ID = ("mailersend", "postal")  # these keep nothing of ours


@pytest.mark.parametrize(
    ("esp", "about", "expected"),
    [pytest.param(*row, marks=HAS_SES if row[0] == "amazon_ses" else ()) for row in EVENTS],
)
def test_s15_what_an_event_means(
    client: Client, settings: Settings, told: list[Any], esp: str, about: Any, expected: list[Any]
) -> None:
    assert post(client, settings, esp, about)[0] == 204
    found = [each.status if isinstance(each, Receipt) else each.body for each in told]
    assert found == expected
    for each in told:
        if isinstance(each, Inbound):
            assert (each.channel, each.address) == (Channel.EMAIL, TO)
        else:
            assert (each.reference == "7-2") is (esp not in BY_THEIR_OWN_ID)
            assert each.provider_id
            assert each.at is None or abs(each.at - datetime.fromtimestamp(AT, UTC)).days == 0


BATCHES: dict[str, tuple[list[Any], list[Any], list[Any]]] = {
    "sendgrid": (sendgrid("delivered"), [{"email": "x@y.example"}], [{"event": 3}, 7, None]),
    "mailjet": (mailjet("sent"), [{"no": "event"}], [7]),
    "sparkpost": (sparkpost("delivery"), [{"msys": {"a": {}, "b": {}}}], [{}]),
    "mandrill": (mandrill("send"), [{"event": "inbound"}], [7]),
}


@pytest.mark.parametrize("esp", [*BATCHES, "mailtrap", "unisender_go"])
def test_s15_one_foreign_event_sinks_no_other(
    client: Client, settings: Settings, told: list[Any], esp: str
) -> None:
    """06-sendgrid-batch-with-one-foreign-event."""
    if esp == "mailtrap":
        about: Any = mailtrap("delivery")
        about["events"] = [{"event": "new"}, 7, *about["events"], {"event": "delivery"}]
    elif esp == "unisender_go":
        about = unisender("sent")
        user = about["events_by_user"][0]
        user["events"] = [{"event_name": "new"}, 7, *user["events"], {}]
    else:
        good, foreign, nonsense = BATCHES[esp]
        about = [*foreign, *good, *nonsense, *good]
    assert post(client, settings, esp, about)[0] == 204
    assert {each.reference for each in told} == {"7-2"}
    assert len(told) == (1 if esp in ("mailtrap", "unisender_go") else 2)


@pytest.mark.parametrize("esp", sorted({row[0] for row in EVENTS} - {"amazon_ses"}))
@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b"null", b"\xff", b"[[[", b'{"a": 1}'])
def test_s15_what_makes_no_sense_is_never_a_fault_of_ours(
    client: Client, settings: Settings, told: list[Any], esp: str, body: bytes
) -> None:
    if esp == "mandrill":
        body = body if body != b"\xff" else b"x"
    assert post(client, settings, esp, body)[0] in (204, 400, 403)
    assert told == []


def test_s15_what_is_sent_for_others_is_no_fault(
    client: Client, settings: Settings, told: list[Any]
) -> None:
    """06: a newsletter of the same account, alone in its batch."""
    event = {"email": "newsletter@example.net", "timestamp": AT, "event": "open", "ip": "192.0.2.1"}
    assert post(client, settings, "sendgrid", [event | {"sg_message_id": "other.filter"}])[0] == 204
    assert told == []


class TestSignatures:
    def test_s15_sendgrid_with_a_key_needs_no_password(
        self, client: Client, settings: Settings, told: list[Any]
    ) -> None:
        settings.ANYMAIL = {
            "SENDGRID_API_KEY": "k",
            "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": public(EC),
        }
        body = json.dumps(sendgrid("delivered")).encode()
        signed = b64encode(EC.sign(b"1" + body, ec.ECDSA(hashes.SHA256()))).decode()
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": signed,
            "X-Twilio-Email-Event-Webhook-Timestamp": "1",
        }
        assert post(client, settings, "sendgrid", body, **headers)[0] == 204
        assert len(told) == 1
        headers["X-Twilio-Email-Event-Webhook-Timestamp"] = "2"
        assert post(client, settings, "sendgrid", body, **headers)[0] == 403

    @pytest.mark.parametrize("esp", ["mailersend", "postal", "mandrill", "mailgun", "sendgrid"])
    def test_s15_a_forged_one_is_forged_and_never_500(
        self, client: Client, settings: Settings, told: list[Any], esp: str
    ) -> None:
        settings.ANYMAIL_ESP = esp
        carriers.get.cache_clear()
        for headers in ({}, {"Signature": "x"}, {"X-Postal-Signature": "!"}):
            answer = client.post(ADDRESS, b"{}", content_type="application/json", headers=headers)
            assert answer.status_code == 403
        assert told == []

    def test_unisender_looks_with_get_and_others_with_head(
        self, client: Client, settings: Settings
    ) -> None:
        settings.ANYMAIL_ESP = "unisender_go"
        assert client.get(ADDRESS).status_code == client.head(ADDRESS).status_code == 200

    @HAS_SES
    def test_s15_sns_is_asked_who_it_is_and_its_subscription_confirmed(
        self, client: Client, settings: Settings
    ) -> None:
        confirm = sns("SubscriptionConfirmation", Token="t", SubscribeURL="https://sns.example")
        with Listener() as amazon:
            amazon.answer = Answer(200, CONFIRMED)
            settings.ANYMAIL = KEYS | {
                "AMAZON_SES_CLIENT_PARAMS": {
                    "endpoint_url": amazon.url,
                    "aws_access_key_id": "k",
                    "aws_secret_access_key": "k",
                }
            }
            settings.ANYMAIL_ESP = "amazon_ses"
            carriers.get.cache_clear()
            answer = client.post(ADDRESS, json.dumps(confirm), content_type="application/json")
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
            assert amazon.asked == []
            assert post(client, settings, "amazon_ses", confirm)[0] == 204
            (asked,) = amazon.asked
        assert asked.form["Action"] == "ConfirmSubscription"
        assert asked.form["Token"] == "t"

    @HAS_SES
    @pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"Type": "?"}'])
    def test_s15_garbage_for_ses(self, client: Client, settings: Settings, body: bytes) -> None:
        assert post(client, settings, "amazon_ses", body)[0] in (400, 403, 411)


CONFIRMED = b"""<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<ConfirmSubscriptionResult><SubscriptionArn>arn:x</SubscriptionArn></ConfirmSubscriptionResult>
</ConfirmSubscriptionResponse>"""


SERVICES = sorted({row[0] for row in EVENTS} - {"amazon_ses"})


@pytest.mark.parametrize("esp", SERVICES)
def test_s15_check_asks_for_what_receipts_need(settings: Settings, esp: str) -> None:
    settings.ANYMAIL_ESP = esp
    carriers.get.cache_clear()
    assert not checks._carriers()
    needs = ("WEBHOOK", "SIGNING")
    settings.ANYMAIL = {k: v for k, v in KEYS.items() if not any(need in k for need in needs)}
    carriers.get.cache_clear()
    signs_with_its_key = ("mailgun", "unisender_go")
    found = [fault.id for fault in checks._carriers()]
    assert found == ([] if esp in signs_with_its_key else ["wardbell.E006"])


def test_s15_what_is_no_service_is_not_accepted(settings: Settings) -> None:
    for settings.ANYMAIL_ESP in ("console", "test", "nobody"):
        carriers.get.cache_clear()
        assert [fault.id for fault in checks._carriers()] == ["wardbell.E006"]


def letter() -> Outgoing:
    return Outgoing("7-2", Channel.EMAIL, TO, "Hello", "Dear Layla", "en", "Rawdah", "")


class TestSending:
    """To the two that keep nothing of ours, and by which id their receipts are known."""

    def test_s15_mailersend(self) -> None:
        with Listener() as service:
            headers = {"X-Message-Id": ID, "Content-Type": "text/html"}
            service.answer = Answer(202, b"", headers)
            ours = Anymail("mailersend", api_url=f"{service.url}/", api_token="k")
            assert ours.send(letter()) == Accepted(ID)
            assert "metadata" not in str(service.asked[0].json)

    def test_s15_postal(self) -> None:
        with Listener() as service:
            data = {"message_id": "m", "messages": {TO: {"id": 12345, "token": "t"}}}
            service.answer = Answer(200, {"status": "success", "data": data})
            ours = Anymail("postal", api_url=service.url, api_key="k")
            assert ours.send(letter()) == Accepted("12345")

    @pytest.mark.parametrize(
        ("answer", "code", "permanent", "down"),
        [
            (Answer(404, b"<html>nginx</html>"), "404", False, True),
            (Answer(408, b"<html>proxy</html>"), "408", False, True),
            (Answer(413, b"<html>too large</html>"), "413", False, True),
            (Answer(400, {"message": "domain is not verified"}), "400", False, False),
            (
                Answer(400, {"message": "to parameter is not a valid address. please check"}),
                "invalid_address",
                True,
                False,
            ),
        ],
    )
    def test_s15_for_good_is_only_what_says_so(
        self, answer: Answer, code: str, permanent: bool, down: bool
    ) -> None:
        with Listener() as service:
            service.answer = answer
            ours = Anymail("mailgun", api_url=f"{service.url}/v3", api_key="k", sender_domain="x")
            with pytest.raises(Refusal) as refused:
                ours.send(letter())
        fault = refused.value
        assert (fault.code, fault.permanent, fault.provider_down) == (code, permanent, down)

    def test_s15_a_suppression_list_is_named_as_such(self) -> None:
        with Listener() as service:
            said = {"email": TO, "status": "rejected", "reject_reason": "unsub", "_id": "x"}
            for reason, code, permanent in (
                ("unsub", "suppressed", True), ("invalid-sender", "rejected", False),
            ):  # fmt: skip
                service.answer = Answer(
                    200, json.dumps([said | {"reject_reason": reason}]).encode()
                )
                ours = Anymail("mandrill", api_url=f"{service.url}/", api_key="k")
                with pytest.raises(Refusal) as refused:
                    ours.send(letter())
                assert (refused.value.code, refused.value.permanent) == (code, permanent)

"""An account with each service for e-mail, and the calls that the service makes, signed."""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.test import Client
from pytest_django.fixtures import Settings

from messaging import carriers

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

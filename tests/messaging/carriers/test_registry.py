"""Which carriers an installation has, and what it is told when it has them wrong."""

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django.fixtures import Settings

from messaging import carriers
from messaging.carriers.email import Smtp
from messaging.channels import PATIENT_CHANNELS, Channel
from tests.processes import ROOT


def names(channel: Channel) -> list[str]:
    return [carrier.name for carrier in carriers.for_channel(channel)]


def found(*, deploy: bool = False) -> dict[str | None, CheckMessage]:
    checks = run_checks(include_deployment_checks=deploy)
    return {each.id: each for each in checks if (each.id or "").startswith("wardbell.")}


def test_without_configuration_there_is_the_sandbox(settings: Settings) -> None:
    settings.MESSAGING_PROVIDERS = ["sandbox"]
    for channel in Channel:
        assert names(channel) == (["sandbox"] if channel in PATIENT_CHANNELS else [])
    assert found() == {}


def test_the_order_is_that_of_the_settings(settings: Settings) -> None:
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_SMS_SENDER = "+15005550006"
    settings.MESSAGING_PROVIDERS = ["unifonic", "twilio", "smtp", "apprise"]
    assert names(Channel.SMS) == ["unifonic", "twilio"]
    assert names(Channel.WHATSAPP) == [], "Twilio has no WhatsApp sender here"
    assert names(Channel.EMAIL) == ["smtp"]
    assert names(Channel.CHAT) == ["apprise"]


def test_there_is_one_account_with_each(settings: Settings) -> None:
    settings.MESSAGING_PROVIDERS = ["sandbox"]
    assert carriers.get("sandbox") is carriers.get("sandbox")
    with pytest.raises(KeyError):
        carriers.get("twilio")
    with pytest.raises(KeyError):
        carriers.get("pigeon")


def test_rates_can_be_set(settings: Settings) -> None:
    settings.MESSAGING_PROVIDERS, settings.MESSAGING_RATES = ["smtp"], {"smtp": 2.5}
    assert carriers.get("smtp").rate == 2.5
    assert Smtp.rate == 20.0


def test_every_provider_is_documented_and_called_by_its_name() -> None:
    text = (ROOT / "docs" / "messaging.md").read_text()
    for name in carriers.CARRIERS:
        assert carriers.kind(name).name == name
        assert f"`{name}`" in text


def test_where_receipts_go(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://wardbell.example"
    assert carriers.callback_url("twilio", "7-2") == (
        "https://wardbell.example/webhooks/messages/twilio/?reference=7-2"
    )


def test_a_provider_that_there_is_not(settings: Settings) -> None:
    settings.MESSAGING_PROVIDERS = ["pigeon", "sandbox"]
    (error,) = found().values()
    assert (error.id, "pigeon" in error.msg, "twilio" in str(error.hint)) == (
        "wardbell.E004",
        True,
        True,
    )


def test_a_provider_without_its_key(settings: Settings) -> None:
    settings.MESSAGING_PROVIDERS = ["twilio", "webpush"]
    errors = [each for each in run_checks() if each.id == "wardbell.E005"]
    assert ["TWILIO_AUTH_TOKEN" in errors[0].msg, "VAPID_CONTACT" in errors[1].msg] == [True] * 2


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("anymail", {"ANYMAIL_ESP": "pigeon_post"}),
        ("anymail", {"ANYMAIL_ESP": "mailgun"}),  # and no key of it
        ("webpush", {"VAPID_PRIVATE_KEY": "not a key", "VAPID_CONTACT": "mailto:it@x.example"}),
    ],
    ids=["a service nobody knows", "no key", "a key that is none"],
)
def test_a_provider_that_cannot_work(settings: Settings, name: str, wrong: dict[str, str]) -> None:
    settings.EMAIL_FROM = "messages@rawdah.example"
    settings.MESSAGING_PROVIDERS = [name]
    for key, value in wrong.items():
        setattr(settings, key, value)
    (error,) = found().values()
    assert (error.id, name in error.msg) == ("wardbell.E006", True)


def test_production_is_warned_that_nobody_is_reached(settings: Settings) -> None:
    settings.DEMO, settings.MESSAGING_PROVIDERS = False, ["sandbox"]
    assert "MESSAGING_PROVIDERS" in str(found(deploy=True)["wardbell.W002"].hint)
    settings.MESSAGING_PROVIDERS, settings.EMAIL_HOST = ["smtp"], "localhost"
    settings.EMAIL_FROM = "messages@rawdah.example"
    assert "wardbell.W002" not in found(deploy=True)


def test_production_is_warned_of_an_address_that_nobody_reaches(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    assert "PUBLIC_URL" in str(found(deploy=True)["wardbell.W004"].hint)
    settings.PUBLIC_URL = "https://wardbell.example"
    assert "wardbell.W004" not in found(deploy=True)

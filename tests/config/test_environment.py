"""The environment: an .env file, and the names that other systems' guides use."""

from pathlib import Path

import pytest

from config import environment


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(
        "# as an editor of Windows may leave it\r\n"
        "TWILIO_PHONE_NUMBER=+15005550006\r\n"
        'export DEFAULT_FROM_EMAIL="Ward <ward@hospital.example>"\n'
        "SECRET_KEY=a#b\n"
        "EMPTY\n"
    )
    return path


def prepared(**given: str) -> dict[str, str]:
    environment.prepare(given)
    return given


class TestTheFile:
    def test_it_is_read(self, file: Path) -> None:
        found = prepared(ENV_FILE=str(file))
        assert found["SECRET_KEY"] == "a#b"
        assert found["TWILIO_SMS_SENDER"] == "+15005550006"
        assert found["EMAIL_FROM"] == "Ward <ward@hospital.example>"
        assert "EMPTY" not in found

    def test_what_the_process_was_started_with_goes_first(self, file: Path) -> None:
        assert prepared(ENV_FILE=str(file), SECRET_KEY="mine")["SECRET_KEY"] == "mine"

    def test_none_is_needed_and_none_is_read_where_it_says_so(self, tmp_path: Path) -> None:
        assert prepared(ENV_FILE=str(tmp_path / "none")) == {"ENV_FILE": str(tmp_path / "none")}
        assert prepared(ENV_FILE="") == {"ENV_FILE": ""}


class TestOtherNames:
    @pytest.mark.parametrize(("ours", "theirs"), environment.ALIASES.items())
    def test_each_is_understood_and_ours_goes_first(self, ours: str, theirs: str) -> None:
        value, other = "redis://there/1", "redis://elsewhere/2"
        assert prepared(ENV_FILE="", **{theirs: value})[ours] == value
        assert prepared(ENV_FILE="", **{theirs: other, ours: value})[ours] == value
        assert prepared(ENV_FILE="", **{theirs: value, ours: ""})[ours] == value, "empty is unset"
        assert ours not in prepared(ENV_FILE="", **{theirs: ""})

    def test_a_broker_that_is_not_redis_is_none_of_ours(self) -> None:
        assert "REDIS_URL" not in prepared(ENV_FILE="", CELERY_BROKER_URL="amqp://there")

    def test_a_key_of_sendgrid_says_which_service(self) -> None:
        assert prepared(ENV_FILE="", SENDGRID_API_KEY="SG.x")["ANYMAIL_ESP"] == "sendgrid"
        other = prepared(ENV_FILE="", SENDGRID_API_KEY="SG.x", ANYMAIL_ESP="mailgun")
        assert other["ANYMAIL_ESP"] == "mailgun"

"""People say no, and yes again, while thousands of messages leave and the sender is killed.

The carrier's own books decide: nothing was handed over that was claimed after the ledger had said
no, and nothing reached the carrier later than a call that was under way can take.
"""

import json
import random
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django_scopes import scopes_disabled
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from messaging import delivery
from messaging.campaigns.actions import Words
from messaging.carriers.base import Inbound, Said
from messaging.channels import Channel
from messaging.contacts import hearing, ledger
from messaging.contacts.ledger import Entry
from messaging.models import AddressConsent, ConsentChange, Ground, Message, MessageLog
from messaging.models import Source as From
from messaging.reasons import Reason
from messaging.sandbox.signatures import sign
from messaging.statuses import HANDED_OVER, UNSENT, Status
from tests import factories
from tests.benchmarks.bulk_sends import POLICY
from tests.carrier import SECRET, StartCarrier
from tests.faults import lasting
from tests.faults.installation import Installation
from tests.faults.invariants import assert_histories
from tests.messaging.made_campaigns import create_campaign, csv, send
from tests.messaging.outbox import new_message
from tests.processes import wait_for
from wards.actions import patients
from wards.models import Hospital, Patient, Role, User

MESSAGES = lasting(1_500, 5_000)
KILLS = lasting(4, 15)
ROWS = 500  # of patients, of a list and of a file
LEASE = 3  # seconds
DRIFT = timedelta(seconds=0.1)  # processes read the database's clock, each for itself
PHONES = [f"+9665{number:08}" for number in range(140)]
MAILBOXES = [f"p{number}@example.org" for number in range(60)]
EVERYBODY = [*(("sms", each) for each in PHONES), *(("email", each) for each in MAILBOXES)]
NO = ("STOP", "stop please", "إيقاف", "الغاء الاشتراك", "wrong number", "Stop.\nSara")
YES = ("START", "ابدأ")


@pytest.fixture
def installation(
    start_carrier: StartCarrier, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[Installation]:
    carrier = start_carrier(latency=0.02, receipt_delay=0.2, shuffle=True)
    env = {"MESSAGING_LEASE": str(LEASE), "MESSAGING_RECEIPT_WAIT": "2"}
    with (
        # Not in tmp_path: every start of pytest shuts the way there to PostgreSQL's user.
        tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as directory,
        django_db_blocker.unblock(),
        scopes_disabled(),
    ):
        settings.MEDIA_ROOT = directory
        installation = Installation(Path(directory), carrier, env)
        with installation.running():
            yield installation


@pytest.fixture
def dana(installation: Installation) -> User:
    """At the front desk of a hospital whose patients share numbers and mailboxes."""
    hospital = factories.create_hospital(timezone="Asia/Riyadh")
    with connection.cursor() as cursor:
        cursor.execute(POLICY, {"hospital": hospital.pk})
    chance = random.Random(12)
    for _ in range(ROWS // 3):
        factories.create_patient(
            hospital, phone=chance.choice(PHONES), email=chance.choice(MAILBOXES)
        )
    return factories.create_user(hospital, Role.FRONT_DESK)


@dataclass
class Town:
    """What people do, at random, while messages leave."""

    installation: Installation
    hospital: Hospital
    chance: random.Random = field(default_factory=lambda: random.Random(14))
    ids: Iterator[int] = field(default_factory=count)

    def act(self) -> None:
        """One of them does one thing."""
        ways = (self.answer, self.answer, self.answer, self.complain, self.bounce, self.correct)
        self.chance.choice((*ways, self.allow))()

    def answer(self) -> None:
        """On their phone: no, or yes again; in the books or not."""
        body = self.chance.choice(self.chance.choice((NO, NO, YES)))
        about = {"type": "inbound", "channel": "sms", "from": self.chance.choice(PHONES)}
        self._post({**about, "body": body, "id": f"AN{next(self.ids)}"})

    def complain(self) -> None:
        mailbox = self.chance.choice(MAILBOXES).upper()
        hearing.heard(Inbound(Channel.EMAIL, mailbox, "", said=Said.COMPLAINT))

    def bounce(self) -> None:
        """Of one that has left: there is no such number or mailbox. A phone that has it has it."""
        may_be = Q(status=Status.SENT) | Q(channel=Channel.EMAIL)
        gone = Message.objects.filter(may_be, status__in=HANDED_OVER).order_by("?").first()
        if gone:
            about = {"type": "receipt", "id": gone.provider_id, "reference": gone.reference}
            self._post({**about, "status": "bounced", "code": "gone", "at": time.time()})

    def correct(self) -> None:
        """The front desk writes down another number and mailbox, which may have said no."""
        patient = Patient.objects.order_by("?").first()
        assert patient is not None
        new = {"phone": self.chance.choice(PHONES), "email": self.chance.choice(MAILBOXES)}
        patients.update_patient(patient=patient, share_email=True, **new)  # type: ignore[arg-type]

    def allow(self) -> None:
        """A colleague has asked them."""
        row = AddressConsent.objects.filter(stands=True).order_by("?").first()
        if row:
            key = ledger.Key(row.hospital_id, row.channel, row.address)
            ledger.note([Entry(key, row.ground, False, From.STAFF, "asked")])

    def _post(self, event: dict[str, Any]) -> None:
        body = json.dumps({"events": [event]}).encode()
        url = f"{self.installation.web.url}/webhooks/messages/sandbox/"
        headers = {"Content-Type": "application/json", **sign(SECRET, body)}
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.status == 204


def queue_everything(dana: User) -> None:
    """Bulk sends to patients, a list and a file, and single messages; either channel first."""
    hospital = dana.hospital
    assert hospital is not None
    chance = random.Random(13)
    phones, both = ROWS // 3, ROWS - 2 * (ROWS // 3)
    listed = "\n".join(["phone,email", *(f"{chance.choice(PHONES)}," for _ in range(phones))])
    rows = [(chance.choice(PHONES), chance.choice(MAILBOXES), str(n)) for n in range(both)]
    of_file = csv("phone,email,name", *rows)
    numbers = count()
    while (number := next(numbers)) < 50 and Message.objects.count() < MESSAGES:
        words = [Words("", "News", f"Hello {number}", "أخبار", f"مرحبا {number}")]
        ways = (["sms", "email"], ["email", "sms"])
        given: dict[str, Any] = {"variants": words, "channels": ways[number % 2]}
        for audience, source in (("all", None), ("list", listed), ("file", of_file)):
            made = create_campaign(dana, audience=audience, source=source, **given)
            send(made, dana)
        every = list(Patient.objects.all())
        singles = [(chance.choice(EVERYBODY), chance.choice([None, *every])) for _ in range(100)]
        delivery.queue(
            [
                new_message(hospital, channel=channel, address=address, patient=patient)
                for (channel, address), patient in singles
            ]
        )


def waiting() -> int:
    open_ = Message.objects.filter(status__in=(*UNSENT, Status.SENDING))
    return open_.filter(due_at__isnull=False).count()


def test_s14_nothing_is_handed_over_after_a_no(installation: Installation, dana: User) -> None:
    hospital = dana.hospital
    assert hospital is not None
    installation.sender.kill()
    queue_everything(dana)
    every = waiting()
    assert every >= MESSAGES * 0.9
    town = Town(installation, hospital)
    for _ in range(30):
        town.act()
    installation.sender.start()
    marks = [every * (KILLS - kill) // (KILLS + 1) for kill in range(KILLS)]
    deadline = time.monotonic() + lasting(120, 600)
    while left := waiting():
        assert time.monotonic() < deadline, f"{left} of {every} are left"
        town.act()
        if marks and left <= marks[0]:
            marks.pop(0)
            installation.sender.kill()
            installation.sender.start()
    wait_for(lambda: installation.carrier.waiting() == 0, 60, "all receipts are told")
    assert_none_after_a_no(installation.carrier.ledger())
    assert_histories()
    stopped = Message.objects.filter(status=Status.SUPPRESSED).values_list("reason", flat=True)
    assert Reason.SAID_NO in set(stopped)
    noted = set(AddressConsent.objects.values_list("ground", flat=True))
    assert {Ground.REFUSED, Ground.UNDELIVERABLE, Ground.DISPUTED} <= noted
    sent = Message.objects.filter(status__in=HANDED_OVER)
    assert sent.filter(address__in=again()).exists(), "who said yes again is written to"


Spans = list[tuple[datetime, datetime | None]]  # since when, until when


def spans() -> dict[tuple[str, str], Spans]:
    """(channel, address) -> when something stood against it, from the history of the ledger."""
    found: dict[tuple[str, str], Spans] = {}
    open_: dict[int, datetime] = {}
    for change in ConsentChange.objects.select_related("consent").exclude(
        consent__ground=Ground.NEWS
    ):
        row = change.consent
        mine = found.setdefault((row.channel, row.address), [])
        if change.stands:
            open_[row.pk] = change.at
            mine.append((change.at, None))
        else:
            mine.remove((open_[row.pk], None))
            mine.append((open_.pop(row.pk), change.at))
    return found


def assert_none_after_a_no(taken: Sequence[dict[str, Any]]) -> None:
    attempts = MessageLog.objects.filter(status=Status.SENDING)
    begun = {
        f"{message}-{attempt}": at
        for message, attempt, at in attempts.values_list("message", "attempt", "at")
    }
    noes = spans()
    wrong = [
        (each["reference"], since, until)
        for each in taken
        for since, until in noes.get((each["channel"], each["recipient"]), [])
        if _within(begun[each["reference"]], since + DRIFT, until)
        or _within(
            datetime.fromtimestamp(each["at"], since.tzinfo),
            since + timedelta(seconds=LEASE / 2 + 1),
            until,
        )
    ]
    assert not wrong, wrong[:5]
    assert len(noes) > 20
    assert len(taken) > 100


def _within(at: datetime, since: datetime, until: datetime | None) -> bool:
    return since < at and (until is None or at < until - DRIFT)


def again() -> set[str]:
    """The numbers and mailboxes against which nothing stands any more."""
    return {
        address
        for (_, address), mine in spans().items()
        if all(until is not None for _, until in mine)
    }

"""Whatever happens, fails and is taken back in whatever order: nobody is left with what is not so.

A model walks at random over the admissions of two patients, fan-outs that fail, sweeps, people who
use their inbox and a sender at work; on real PostgreSQL, with two threads where two may meet. In
the end, when all has been told:

- whoever works here and was told something that was taken back sees that, and has it out of sight;
- what was taken back before anybody was told of it is in nobody's inbox and in no message;
- no message about it waits or was sent, but what had left before;
- what stands was told to whoever is on duty; mailboxes and badges are right; the outbox is empty.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inbox import fanout, mailbox, tasks
from inbox.models import Notification
from messaging import carriers
from messaging.carriers.base import Accepted
from messaging.channels import Channel
from messaging.delivery import claims, outcomes
from messaging.delivery.outcomes import Outcome
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.faults import lasting
from tests.faults.invariants import assert_mailboxes_consistent
from tests.faults.telling import at_once, telling_goes_wrong
from tests.messaging.people import set_quiet
from wards.actions import admissions, corrections
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Event, Outbox, Role, User, Withdrawal

some = st.integers(0, 7)  # which of what there is
TOLD = {
    Kind.PATIENT_ADMITTED,
    Kind.PATIENT_TRANSFERRED,
    Kind.PATIENT_DISCHARGED,
    Kind.ADMISSION_CANCELLED,
    Kind.TRANSFER_CANCELLED,
    Kind.DISCHARGE_CANCELLED,
}
ACTIONS: tuple[Callable[..., Any], ...] = (
    admissions.transfer,
    admissions.discharge,
    corrections.cancel_admission,
    corrections.cancel_transfer,
    corrections.cancel_discharge,
    admissions.readmit,
)


class Withdrawals(RuleBasedStateMachine):
    """Two wards with a nurse each, two patients with a portal, a phone and a mailbox."""

    hospitals = 0

    @initialize()
    def open(self) -> None:
        """A hospital of its own for every walk; the test empties the database at its end."""
        Withdrawals.hospitals += 1
        hospital = factories.create_hospital(f"Hospital {self.hospitals}", timezone="Asia/Riyadh")
        self.hospital = hospital
        set_quiet(hospital, time(0), time(0))
        self.wards = [factories.create_ward(hospital, name) for name in ("Cardiology", "Renal")]
        self.nurses = [factories.create_user(hospital) for _ in self.wards]
        for nurse, ward in zip(self.nurses, self.wards, strict=True):
            factories.create_duty(nurse, ward, begin=timezone.now() - timedelta(hours=1))
        self.patients = [
            factories.create_patient(
                hospital,
                user=factories.create_user(hospital, Role.PATIENT),
                phone=f"050 123 45{number:02}",
                email=f"p{number}.{self.hospitals}@example.org",
            )
            for number in range(2)
        ]
        self.broken: set[str] = set()  # kinds whose rules raise at present
        self.deferred = False  # whether fan-outs do not begin at present, as after a crash
        self.untold: set[int] = set()  # events taken back before anybody was told
        self.left: dict[int, set[int]] = {}  # event taken back -> messages gone until then

    # What happens in the hospital.

    @rule(who=some, where=some)
    def admit(self, who: int, where: int) -> None:
        patient, ward = self.patients[who % 2], self.wards[where % 2]
        self.does(admissions.admit, hospital=self.hospital, patient=patient, ward=ward)

    @precondition(lambda self: self.stays())
    @rule(who=some, where=some, action=st.sampled_from(ACTIONS))
    def go_on(self, who: int, where: int, action: Callable[..., Any]) -> None:
        self.act(who, where, action)

    @precondition(lambda self: self.stays())
    @rule(who=some, where=some, actions=st.lists(st.sampled_from(ACTIONS), min_size=2, max_size=4))
    def go_on_untold(self, who: int, where: int, actions: list[Callable[..., Any]]) -> None:
        """Several things in a row that nobody is told of in between."""
        self.deferred = True
        for action in actions:
            self.act(who, where, action)
        self.deferred = False

    def stays(self) -> list[Admission]:
        with scope(hospital=self.hospital.pk):
            return [*Admission.objects.order_by("pk")]

    def act(self, who: int, where: int, action: Callable[..., Any]) -> None:
        stays = self.stays()[-3:]
        stay = stays[who % len(stays)]
        how: dict[str, Any] = {}
        if action in (admissions.transfer, admissions.readmit):
            how["ward"] = self.wards[where % 2]
        if action is admissions.readmit:
            if not is_cancelled(stay):
                return
            how["admitted_at"] = timezone.now()
        self.does(action, admission=stay, **how)

    def does(self, action: Callable[..., Any], **how: Any) -> None:
        """Does it, unless it is refused; and notes what it takes back, as it was until then."""
        with scopes_disabled():
            waiting = {*self.outbox()}
            gone = {m.pk: m.event_id for m in self.messages() if m.status in GONE}
            known = {*Withdrawal.objects.values_list("event", flat=True)}
        with self.circumstances(), scope(hospital=self.hospital.pk):
            try:
                action(**how)
            except Refused:
                return
        with scopes_disabled():
            for event in {*Withdrawal.objects.values_list("event", flat=True)} - known:
                self.left[event] = {pk for pk, of in gone.items() if of == event}
                if event in waiting:
                    self.untold.add(event)

    def circumstances(self) -> AbstractContextManager[None]:
        """Rules raise, and fan-outs begin or do not, as this walk has it."""
        return telling_goes_wrong(self.broken, deferred=self.deferred)

    # What breaks, and who looks after it.

    @rule(kinds=st.sets(st.sampled_from(sorted(TOLD)), max_size=2))
    def break_rules(self, kinds: set[str]) -> None:
        self.broken = kinds

    @rule()
    def sweep(self) -> None:
        self.due_now()
        with self.circumstances():
            tasks.sweep()

    @precondition(lambda self: self.outbox())
    @rule(split=st.lists(st.integers(0, 3), min_size=8, max_size=8))
    def tell_in_two_threads(self, split: list[int]) -> None:
        """Each event by the first, the second, both or none; both begin at once."""
        shares: list[list[int]] = [[], []]
        for event, share in zip(self.outbox(), split, strict=False):
            for number in (0, 1):
                if share in (number, 2):
                    shares[number].append(event)
        with self.circumstances():
            at_once(*[lambda share=share: fanout.dispatch(share) for share in shares])

    @precondition(lambda self: self.stays())
    @rule(who=some, where=some, action=st.sampled_from(ACTIONS))
    def go_on_while_others_tell(self, who: int, where: int, action: Callable[..., Any]) -> None:
        """Something more happens, and is told, while another process tells of what waits."""
        before = {*self.outbox()}
        with self.circumstances():
            at_once(lambda: self.act(who, where, action), lambda: fanout.dispatch([*before]))
        self.untold -= before  # whether they were told before it was taken back, nobody knows

    # What people and the sender do meanwhile.

    @rule(
        who=some,
        which=some,
        verb=st.sampled_from(["read", "unread", "archive", "unarchive", "snooze", "wake"]),
    )
    def use_the_inbox(self, who: int, which: int, verb: str) -> None:
        people = [*self.nurses, *(patient.user for patient in self.patients)]
        user = people[who % len(people)]
        assert user is not None
        with scopes_disabled():
            mine = [*Notification.objects.filter(recipient=user).values_list("pk", flat=True)]
        VERBS[verb](user, mine[which % len(mine) :][:3] if mine else [])

    @rule(channel=st.sampled_from([Channel.SMS, Channel.EMAIL]), answers=st.booleans())
    def send(self, channel: Channel, answers: bool) -> None:
        """The sender takes what is due; the carrier takes it, or nobody knows."""
        with scopes_disabled():
            provider = carriers.for_channel(channel)[0]
            taken = claims.claim(channel, provider, 20).messages
            if answers:
                outcomes.settle(provider, [Outcome(m, Accepted(f"x{m.pk}")) for m in taken])

    # What must be so in the end.

    def teardown(self) -> None:
        self.broken = set()
        for _ in range(3):
            self.sweep()
        for channel in (Channel.SMS, Channel.EMAIL):
            self.send(channel, answers=True)
        with scopes_disabled():
            assert self.outbox() == []
            assert_mailboxes_consistent()
            self.assert_nobody_has_what_was_taken_back()
            self.assert_what_stands_was_told()
            self.assert_nobody_was_written_to()

    def assert_nobody_has_what_was_taken_back(self) -> None:
        ours = Withdrawal.objects.filter(event__hospital=self.hospital)
        stands_for = dict(ours.values_list("event", "by"))
        for note in Notification.objects.filter(event__in=stands_for).select_related("recipient"):
            assert note.event_id not in self.untold, "told although it was taken back before"
            assert note.archived_at is not None, "is still in sight"
            assert note.read_at is not None
            assert note.snoozed_until is None
            last = note.event_id
            while last in stands_for:
                last = stands_for[last]
            if note.recipient.role != Role.PATIENT:
                heard = Notification.objects.filter(recipient=note.recipient, event=last)
                assert heard.exists(), "was not told that it did not happen"

    def assert_what_stands_was_told(self) -> None:
        standing = Event.objects.filter(hospital=self.hospital, kind__in=TOLD, withdrawal=None)
        for event in standing:
            wards = {event.ward_id, event.other_ward_id}
            for nurse, ward in zip(self.nurses, self.wards, strict=True):
                if ward.pk in wards:
                    assert Notification.objects.filter(event=event, recipient=nurse).exists()

    def assert_nobody_was_written_to(self) -> None:
        for message in self.messages():
            if hasattr(message.event, "withdrawal"):
                assert message.event_id not in self.untold, "written although it was taken back"
                if message.status not in (Status.CANCELLED, Status.SUPPRESSED):
                    assert message.pk in self.left[message.event_id or 0], message.status

    def outbox(self) -> list[int]:
        with scopes_disabled():
            mine = Outbox.objects.filter(event__hospital=self.hospital).order_by("pk")
            return [*mine.values_list("pk", flat=True)]

    def messages(self) -> list[Message]:
        mine = Message.objects.filter(hospital=self.hospital, event__isnull=False)
        return [*mine.select_related("event__withdrawal")]

    def due_now(self) -> None:
        with scopes_disabled():
            Outbox.objects.update(retry_at=timezone.now(), attempts=0)


GONE = (Status.SENDING, Status.SENT, Status.DELIVERED, Status.READ)
VERBS: dict[str, Callable[[User, list[int]], object]] = {
    "read": mailbox.mark_read,
    "unread": mailbox.mark_unread,
    "archive": mailbox.archive,
    "unarchive": mailbox.unarchive,
    "snooze": lambda user, ids: mailbox.snooze(user, ids, timezone.now()),
    "wake": lambda user, ids: mailbox.wake_snoozed(),
}


def is_cancelled(stay: Admission) -> bool:
    """Whether the stay was taken back, and nobody has opened another since."""
    with scope(hospital=stay.hospital_id):
        ended = Admission.objects.filter(pk=stay.pk, discharge__status="cancelled")
        return ended.exists()


@pytest.mark.fan_out_fails
@pytest.mark.django_db(transaction=True)
def test_s05_whatever_is_taken_back_whenever_it_is_told() -> None:
    walks = settings(
        max_examples=lasting(12, 100),
        stateful_step_count=lasting(25, 40),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Withdrawals, settings=walks)

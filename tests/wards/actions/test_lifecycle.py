"""Whatever is done in whatever order, the floor stays consistent: a model walks at random."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import factories
from tests.faults.invariants import assert_mailboxes_consistent
from wards.actions import admissions, appointments, beds, corrections
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Appointment, Bed, Discharge, Event, Transfer

some = st.integers(0, 7)  # which of what there is
Status = Appointment.Status
# The states an appointment may go to, written down apart from the code.
VERBS: dict[str, tuple[str, str]] = {
    "confirm": (Status.CONFIRMED, Kind.APPOINTMENT_CONFIRMED),
    "reschedule": (Status.BOOKED, Kind.APPOINTMENT_RESCHEDULED),
    "arrive": (Status.ARRIVED, Kind.APPOINTMENT_ARRIVED),
    "start": (Status.IN_PROGRESS, Kind.APPOINTMENT_IN_PROGRESS),
    "complete": (Status.COMPLETED, Kind.APPOINTMENT_COMPLETED),
    "cancel": (Status.CANCELLED, Kind.APPOINTMENT_CANCELLED),
    "no_show": (Status.NO_SHOW, Kind.APPOINTMENT_NO_SHOW),
}
ALLOWED: dict[str, set[str]] = {
    Status.BOOKED: {"confirm", "reschedule", "arrive", "cancel", "no_show"},
    Status.CONFIRMED: {"reschedule", "arrive", "cancel", "no_show"},
    Status.ARRIVED: {"start", "cancel"},
    Status.IN_PROGRESS: {"complete"},
    Status.COMPLETED: set(),
    Status.CANCELLED: set(),
    Status.NO_SHOW: {"reschedule"},
}


class Floor(RuleBasedStateMachine):
    """Two wards, three beds, three patients, one provider, and a simple idea of where all are."""

    @initialize()
    def open(self) -> None:
        """A hospital of its own for every walk; the test empties the database at its end."""
        Floor.hospitals += 1
        hospital = factories.create_hospital(f"Hospital {Floor.hospitals}")
        self.hospital = hospital
        self.wards = [factories.create_ward(hospital, name) for name in ("Cardiology", "Renal")]
        self.beds = [factories.create_bed(self.wards[n]) for n in (0, 0, 1)]
        for ward in self.wards:
            factories.create_duty(factories.create_user(hospital), ward)
        self.provider = factories.create_user(hospital, "provider")
        self.patients = [
            factories.create_patient(hospital, user=factories.create_user(hospital, "patient"))
            for _ in range(3)
        ]
        self.inside: dict[int, tuple[int, int | None]] = {}  # patient -> ward, bed
        self.out_of_use: dict[int, str] = {}
        self.visits: dict[int, str] = {}  # appointment -> state
        self.slots: dict[int, int] = {}
        self.morning = timezone.now() - timedelta(minutes=30)  # two of the four slots have begun
        self.happened: list[str] = []

    hospitals = 0

    def does(self, kind: str, allowed: bool, action: Any, **how: Any) -> bool:
        """Does it; it must be refused exactly where the model says so. Whether it was done."""
        try:
            with scope(hospital=self.hospital.pk):
                action(**how)
        except Refused:
            assert not allowed, f"{kind} was refused"
            return False
        assert allowed, f"{kind} should have been refused"
        self.happened.append(kind)
        return True

    @invariant()
    def every_change_is_an_event_and_nothing_else_is(self) -> None:
        with scope(hospital=self.hospital.pk):
            kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
        assert kinds == self.happened

    def teardown(self) -> None:
        """Everybody was told of everything, once."""
        assert_mailboxes_consistent()


class Stays(Floor):
    """Admissions, transfers, discharges, their cancels, and beds set aside."""

    def free(self, bed: Bed) -> bool:
        taken = {bed_id for _, bed_id in self.inside.values()}
        return bed.pk not in taken and bed.pk not in self.out_of_use

    def stay(self, patient_id: int) -> Admission:
        """The last one of a patient."""
        with scope(hospital=self.hospital.pk):
            return Admission.objects.filter(patient_id=patient_id).latest("id")

    def stayed(self) -> list[int]:
        with scope(hospital=self.hospital.pk):
            return sorted({*Admission.objects.values_list("patient", flat=True)})

    @rule(who=some, where=some, with_bed=st.booleans())
    def admit(self, who: int, where: int, with_bed: bool) -> None:
        patient, bed = self.patients[who % 3], self.beds[where % 3]
        allowed = patient.pk not in self.inside and (not with_bed or self.free(bed))
        how = {"patient": patient, "ward": bed.ward, "bed": bed if with_bed else None}
        kind = Kind.PATIENT_ADMITTED
        if self.does(kind, allowed, admissions.admit, hospital=self.hospital, **how):
            self.inside[patient.pk] = (bed.ward_id, bed.pk if with_bed else None)

    @precondition(lambda self: self.inside)
    @rule(who=some, where=some, with_bed=st.booleans())
    def transfer(self, who: int, where: int, with_bed: bool) -> None:
        patient = sorted(self.inside)[who % len(self.inside)]
        bed = self.beds[where % 3]
        how = {"admission": self.stay(patient), "ward": bed.ward, "bed": bed if with_bed else None}
        allowed = not with_bed or self.free(bed)
        if self.does(Kind.PATIENT_TRANSFERRED, allowed, admissions.transfer, **how):
            self.inside[patient] = (bed.ward_id, bed.pk if with_bed else None)

    @precondition(lambda self: self.stayed())
    @rule(who=some)
    def discharge(self, who: int) -> None:
        patient = self.stayed()[who % len(self.stayed())]
        allowed = patient in self.inside
        how = {"admission": self.stay(patient)}
        if self.does(Kind.PATIENT_DISCHARGED, allowed, admissions.discharge, **how):
            del self.inside[patient]

    @precondition(lambda self: self.stayed())
    @rule(who=some)
    def cancel_admission(self, who: int) -> None:
        patient = self.stayed()[who % len(self.stayed())]
        allowed = patient in self.inside
        how = {"admission": self.stay(patient)}
        if self.does(Kind.ADMISSION_CANCELLED, allowed, corrections.cancel_admission, **how):
            del self.inside[patient]

    @precondition(lambda self: self.inside)
    @rule(who=some)
    def cancel_transfer(self, who: int) -> None:
        patient = sorted(self.inside)[who % len(self.inside)]
        stay = self.stay(patient)
        with scope(hospital=self.hospital.pk):
            move = Transfer.objects.filter(admission=stay).order_by("id").last()
        how = {"admission": stay}
        if self.does(Kind.TRANSFER_CANCELLED, bool(move), corrections.cancel_transfer, **how):
            assert move is not None
            del self.inside[patient]  # from the bed they leave, which may be the one they left
            self.inside[patient] = (move.from_ward_id, self.still_free(move.from_bed_id))

    @precondition(lambda self: self.stayed())
    @rule(who=some)
    def cancel_discharge(self, who: int) -> None:
        patient = self.stayed()[who % len(self.stayed())]
        stay = self.stay(patient)
        with scope(hospital=self.hospital.pk):
            ended = Discharge.objects.filter(admission=stay).first()
        allowed = ended is not None and ended.status != Discharge.Status.CANCELLED
        how = {"admission": stay}
        if self.does(Kind.DISCHARGE_CANCELLED, allowed, corrections.cancel_discharge, **how):
            self.inside[patient] = (stay.ward_id, self.still_free(stay.bed_id))

    def still_free(self, bed_id: int | None) -> int | None:
        return next((b.pk for b in self.beds if b.pk == bed_id and self.free(b)), None)

    @rule(which=some, status=st.sampled_from(Bed.Status))
    def set_bed(self, which: int, status: str) -> None:
        bed = self.beds[which % 3]
        taken = bed.pk in {bed_id for _, bed_id in self.inside.values()}
        before = self.out_of_use.get(bed.pk, Bed.Status.AVAILABLE)
        allowed = not taken and status != Bed.Status.OCCUPIED
        how = {"bed": bed, "status": status}
        if self.does(Kind.BED_STATUS_CHANGED, allowed, beds.set_bed_status, **how):
            if before == status:
                self.happened.pop()
            self.out_of_use.pop(bed.pk, None)
            if status != Bed.Status.AVAILABLE:
                self.out_of_use[bed.pk] = status

    @invariant()
    def stays_and_beds_are_as_the_model_says(self) -> None:
        with scope(hospital=self.hospital.pk):
            stays = Admission.objects.filter(discharged_at=None)
            found = list(stays.values_list("patient", "ward", "bed"))
            assert {patient: (ward, bed) for patient, ward, bed in found} == self.inside
            assert len(found) == len(self.inside), "one open stay a patient"
            in_beds = [bed for *_, bed in found if bed]
            assert len(in_beds) == len({*in_beds}), "one open stay a bed"
            for bed in Bed.objects.all():
                expected = self.out_of_use.get(bed.pk, Bed.Status.AVAILABLE)
                assert bed.status == (Bed.Status.OCCUPIED if bed.pk in in_beds else expected)
            closed = Admission.objects.exclude(discharged_at=None).values_list("pk", flat=True)
            assert {*Discharge.objects.values_list("admission", flat=True)} == {*closed}


class Visits(Floor):
    """Appointments of three patients with one provider, in slots that overlap."""

    @precondition(lambda self: len(self.visits) < 6)
    @rule(who=some, slot=st.integers(0, 3))
    def book(self, who: int, slot: int) -> None:
        """Half an hour's visit every twenty minutes: neighbours clash, with the one provider."""
        self.does_at(slot, None, Kind.APPOINTMENT_BOOKED, True, who=who)

    @precondition(lambda self: self.visits)
    @rule(which=some, verb=st.sampled_from(sorted(VERBS)), slot=st.integers(0, 3))
    def move(self, which: int, verb: str, slot: int) -> None:
        latest = sorted(self.visits)[-2:]  # so that some get far
        visit = latest[which % len(latest)]
        allowed = verb in ALLOWED[self.visits[visit]]
        allowed = allowed and (verb != "no_show" or self.slots[visit] < 2)
        state, kind = VERBS[verb]
        if verb == "reschedule":
            self.does_at(slot, visit, kind, allowed)
            return
        how: dict[str, Any] = {"reason": "Ill"} if verb == "cancel" else {}
        action = getattr(appointments, verb)
        if self.does(kind, allowed, action, appointment=Appointment(pk=visit), **how):
            self.visits[visit] = state

    def does_at(self, slot: int, visit: int | None, kind: str, allowed: bool, who: int = 0) -> None:
        """Books, or moves `visit`, where no open visit is in the slot or next to it."""
        at = self.morning + timedelta(minutes=20 * slot)
        others = self.slots.items() - {(visit, self.slots.get(visit or 0))}
        taken = {slot for other, slot in others if self.visits[other] in Appointment.OPEN}
        free = not taken & {slot - 1, slot, slot + 1}
        how: dict[str, Any] = {"starts_at": at}
        if visit:
            how |= {"appointment": Appointment(pk=visit), "reason": "Late"}
            action: Any = appointments.reschedule
        else:
            patient = self.patients[who % 3]
            how |= {"hospital": self.hospital, "provider": self.provider, "patient": patient}
            action = appointments.book
        if self.does(kind, allowed and free, action, **how):
            with scope(hospital=self.hospital.pk):
                visit = visit or Appointment.objects.latest("id").pk
            self.visits[visit], self.slots[visit] = Status.BOOKED, slot

    @invariant()
    def appointments_keep_to_the_state_machine(self) -> None:
        with scope(hospital=self.hospital.pk):
            states = dict(Appointment.objects.values_list("pk", "status"))
        assert states == self.visits


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("machine", [Stays, Visits])
def test_the_floor_stays_consistent_whatever_is_done(machine: type[Floor]) -> None:
    walks = settings(
        max_examples=15,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(machine, settings=walks)

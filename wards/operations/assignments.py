"""Brings many patients into beds: what `actions.admissions.admit` does, a hundred at a time."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from wards import events
from wards.base.csv_rows import Failure, Layout, Row, read
from wards.kinds import Kind
from wards.models import Admission, Bed, BulkOperation, Event, Patient
from wards.operations import files, rehearsals, whom
from wards.operations.jobs import Job, Outcome
from wards.operations.whom import Known

LAYOUT = Layout(
    columns=("patient_id", "bed_id", "reason", "chief_complaint", "name", "date_of_birth"),
    required=("patient_id", "bed_id"),
    example=(
        "MRN-0001,CARD/C-06,Emergency,Acute abdominal pain,John Doe,1980-05-15",
        "MRN-0002,CARD/C-07,Routine,Broken left arm,,",
        "MRN-0003,CARD/C-08,Emergency,High fever and cough,ليلى حداد,",
    ),
)
REHEARSED = 10_000  # rows a dry run tries together


class AssignmentRow(NamedTuple):
    """A row: who is to lie where, as the file names them; name and birth date only confirm it."""

    line: int
    patient: str
    bed: str
    reason: str
    complaint: str
    name: str
    born: str
    birthday: date | None = None

    def failed(self, reason: str) -> Failure:
        return Failure(self.line, reason, list(self[1:7]))


class Match(NamedTuple):
    """A row with the patient and the bed it names."""

    row: AssignmentRow
    patient: Patient
    bed: Bed


def parse(row: Row) -> AssignmentRow | Failure:
    """What the row says, or everything that is wrong with it."""
    if row.wrong:
        return Failure(row.line, row.wrong, row.cells)
    patient, bed, reason, complaint, name, born = row.cells
    said = AssignmentRow(row.line, patient, bed, reason, complaint, name, born)
    wrong = [
        _("%s is missing.") % name
        for name, value in (("patient_id", patient), ("bed_id", bed))
        if not value
    ]
    if len(said.reason) > 200:
        wrong.append(_("reason has more than 200 characters."))
    birthday = whom.birthday(said.born)
    if said.born and birthday is None:
        wrong.append(_("“%s” is not a date of birth as 1980-05-15.") % said.born[:40])
    return said.failed(" ".join(wrong)) if wrong else said._replace(birthday=birthday)


class BulkAssignment(Job[AssignmentRow | Failure]):
    """Parameters: `dry_run`, and `notify`: whether the ward's staff are told; patients always are.

    `patient_id` is the patient's number. `bed_id` is WARD/NUMBER (the ward's code, the bed's
    number), or the number where only one bed has it. Neither is ever the id of a row: what the
    database counts, nobody has on their list.
    """

    together = 100
    columns = LAYOUT.columns

    def __init__(self, operation: BulkOperation) -> None:
        super().__init__(operation)
        if operation.dry_run:
            self.together = REHEARSED  # what is taken back at once, a second chunk would not see

    def rows(self) -> Iterator[AssignmentRow | Failure]:
        with files.place(self.operation, "input").open("rb") as file:
            for row in read(file, LAYOUT, self.operation.columns):
                yield parse(row)

    def apply(self, rows: Sequence[AssignmentRow | Failure]) -> Outcome:
        rehearsal = self.operation.dry_run
        with transaction.atomic(savepoint=rehearsal):
            outcome = self._assign(rows)
            if rehearsal:
                transaction.set_rollback(True)  # to the savepoint: the stays, and what was recorded
        return outcome

    def _assign(self, rows: Sequence[AssignmentRow | Failure]) -> Outcome:
        failures = [row for row in rows if isinstance(row, Failure)]
        wanted = [row for row in rows if isinstance(row, AssignmentRow)]
        matches = list(self._match(wanted, failures))
        admitted = self._admit(self._free(matches, failures))
        if self.operation.dry_run:
            done = (match for match in matches if match.row.line in admitted)
            rehearsals.note(self.operation, map(_rehearsed, done))
        for match in matches:
            if match.row.line not in admitted and all(f.line != match.row.line for f in failures):
                who = {"patient": match.patient}
                failures.append(match.row.failed(_("%(patient)s is already admitted.") % who))
        return Outcome(len(admitted), sorted(failures))

    def _match(self, wanted: list[AssignmentRow], failures: list[Failure]) -> Iterator[Match]:
        """The wanted whose patient and bed exist."""
        patients, beds = self._patients(wanted), self._beds(wanted)
        hospital = self.operation.hospital
        nearly = whom.zeros_apart({r.patient for r in wanted} - patients.keys(), hospital)
        for row in wanted:
            patient, found = patients.get(row.patient), beds.get(row.bed, [])
            if patient is None:
                failures.append(row.failed(_nobody(row.patient, nearly.get(row.patient))))
            elif not found:
                failures.append(row.failed(_("There is no bed %s.") % row.bed[:80]))
            elif len(found) > 1:
                ways = ", ".join(f"{bed.ward.code}/{bed.number}" for bed in found[:5])
                failures.append(row.failed(_("Several beds have this number: %s.") % ways))
            elif whom.contradicts(row.name, row.birthday, known := whom.known(patient)):
                failures.append(row.failed(_contradicted(row.patient, known)))
            else:
                yield Match(row, patient, found[0])

    def _patients(self, wanted: list[AssignmentRow]) -> dict[str, Patient]:
        """By the numbers of the rows. Of two that were merged, the one that counts."""
        found = Patient.objects.select_related("merged_into").filter(
            number__in={row.patient for row in wanted}, hospital=self.operation.hospital
        )
        return {patient.number: patient.merged_into or patient for patient in found}

    def _beds(self, wanted: list[AssignmentRow]) -> dict[str, list[Bed]]:
        names = {row.bed for row in wanted}
        numbers = {name.rpartition("/")[2] for name in names} | names
        found = Bed.objects.select_related("ward").filter(
            number__in=numbers, hospital=self.operation.hospital
        )
        beds: dict[str, list[Bed]] = {}
        for bed in found:
            beds.setdefault(bed.number, []).append(bed)
        for bed in found:
            beds[f"{bed.ward.code}/{bed.number}"] = [bed]
        return beds

    def _free(self, matches: list[Match], failures: list[Failure]) -> list[Match]:
        """Those who are first to want their bed, and whose bed is available; the beds are locked.

        Beds that are in use are not locked: somebody who is just leaving one must not wait.
        """
        available = set(
            Bed.objects.filter(
                ~Exists(Admission.objects.filter(bed=OuterRef("pk"), discharged_at=None)),
                pk__in={match.bed.pk for match in matches},
                status=Bed.Status.AVAILABLE,
            )
            .order_by("pk")
            .select_for_update()
            .values_list("pk", flat=True)
        )
        wanted: dict[int, int] = {}
        named: dict[int, int] = {}
        free = []
        for match in matches:
            row, bed = match.row, match.bed
            if (line := named.setdefault(match.patient.pk, row.line)) != row.line:
                failures.append(row.failed(_("The same patient is on line %s.") % line))
            elif (line := wanted.setdefault(bed.pk, row.line)) != row.line:
                failures.append(row.failed(_("The same bed is on line %s.") % line))
            elif bed.pk not in available:
                failures.append(
                    row.failed(_("Bed %(bed)s is not available.") % {"bed": bed.number})
                )
            else:
                free.append(match)
        return free

    def _admit(self, matches: list[Match]) -> set[int]:
        """Opens the stays; the lines of those that were opened.

        The constraint decides who is admitted already. In the order of patients' ids, so that two
        who admit the same patients do not wait for each other crosswise.
        """
        if not matches:
            return set()
        matches = sorted(matches, key=lambda match: match.patient.pk)
        Admission.objects.bulk_create(
            [self._stay(match) for match in matches], ignore_conflicts=True
        )
        stays = {
            (stay.patient_id, stay.bed_id): stay
            for stay in Admission.objects.filter(
                patient__in=[match.patient.pk for match in matches], discharged_at=None
            )
        }
        # A bed that we hold has no stay but ours.
        done = [
            (match, stays[key])
            for match in matches
            if (key := (match.patient.pk, match.bed.pk)) in stays
        ]
        Bed.objects.filter(pk__in=[match.bed.pk for match, _stay in done]).update(
            status=Bed.Status.OCCUPIED
        )
        done.sort(key=lambda pair: pair[0].row.line)
        events.record_all([self._event(match, stay) for match, stay in done])
        return {match.row.line for match, _stay in done}

    def _stay(self, match: Match) -> Admission:
        return Admission(
            hospital=self.operation.hospital,
            patient=match.patient,
            ward_id=match.bed.ward_id,
            bed=match.bed,
            reason=match.row.reason,
            chief_complaint=match.row.complaint,
        )

    def _event(self, match: Match, stay: Admission) -> Event:
        return Event(
            hospital=self.operation.hospital,
            kind=Kind.PATIENT_ADMITTED,
            source=Event.Source.WEB,
            actor=self.operation.initiated_by,
            patient=match.patient,
            ward_id=match.bed.ward_id,
            admission=stay,
            data={
                "bed": match.bed.number,
                "reason": match.row.reason,
                "bed_taken": "",
                "operation": self.operation.pk,
                "quiet": not self.operation.parameters.get("notify", True),
            },
        )


def _rehearsed(match: Match) -> list[str]:
    """The row as a rehearsal shows it: by name and bed, with what tells namesakes apart."""
    patient, bed = match.patient, match.bed
    born = patient.date_of_birth.isoformat() if patient.date_of_birth else ""
    where = [f"{bed.ward.code}/{bed.number}", str(bed.ward)]
    return [str(match.row.line), patient.number, str(patient), born, *where]


def _nobody(number: str, nearly: Known | None) -> str:
    if nearly is None:
        return _("There is no patient %s.") % number[:80]
    numbers = {"number": number[:80], "other": nearly.number}
    return _("There is no patient %(number)s; did you mean %(other)s?") % numbers


def _contradicted(number: str, known: Known) -> str:
    who = {"number": number[:80], "patient": str(known)}
    return (
        _("Name or date of birth contradict the number: patient %(number)s is %(patient)s.") % who
    )

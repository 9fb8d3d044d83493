"""From the names in a message to our rows: found, or created where the feed may do that.

Two connections that create the same thing at once both end up with it: the database's unique
constraints decide, and the loser finds the winner's row.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal, TypeVar, cast, overload

from django.db.models import Model, QuerySet

from wards.base import reference
from wards.base.text import folded
from wards.feeds.content import Clinician, Id, PatientSpec, Unread
from wards.feeds.refusals import Code, Failed, missing
from wards.identity import clinicians, matching, newcomers, numbering
from wards.models import Bed, Feed, Patient, User, Ward

Row = TypeVar("Row", bound=Model)
COLUMNS = ("first_name", "last_name", "date_of_birth", "gender", "phone", "email", "language")


class Lookup:
    """The rows of one hospital, by the names its other systems have for them; for one message.

    The message's authorities are ours (`identity.authorities`). Raises Failed for what is unknown
    where the feed may not create it, and Unclear where it has to be decided who somebody is.
    `unread` is what was not understood, for the feed's page, and `notes` is for the sender.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed, self._hospital = feed, feed.hospital
        self._found: dict[object, Any] = {}
        self.unread: list[Unread] = []
        self.notes: list[str] = []

    @property
    def feed(self) -> Feed:
        """Whose message it is."""
        return self._feed

    @property
    def creates_people(self) -> bool:
        """Whether this feed may tell us of people we do not know."""
        return self._feed.creates_people

    @property
    def changes_people(self) -> bool:
        """Whether this feed may change what we know of people."""
        return self._feed.changes_people

    def patient(self, spec: PatientSpec, *, lock: bool = True) -> Patient:
        """By all their numbers; a new one gets all that the message says of them.

        `lock` keeps other messages about the patient, and merges, waiting until the transaction
        ends; rows that refer to the patient may still be written.
        """
        return self._patient(spec, lock=lock) or self._new(spec, record=False)

    def known_patient(
        self, spec: PatientSpec, *, corrects: bool = False, lock: bool = True
    ) -> Patient | None:
        """The same; nobody is created for what nothing is left to do for.

        `corrects`: the message is there to change what is known of the patient.
        """
        return self._patient(spec, corrects=corrects and self.changes_people, lock=lock)

    def register(self, spec: PatientSpec) -> Patient:
        """A new one, who is known by none of the numbers, with the event that says so."""
        return self._new(spec, record=True)

    def learn(self, patient: Patient, ids: Sequence[Id]) -> None:
        """These numbers are the patient's, too, unless they are somebody's already."""
        numbering.write(self._hospital, matching.telling(ids), patient=patient)

    def rename(self, patient: Patient, spec: PatientSpec) -> str:
        """The number of a patient whom the sender knows by others from now on."""
        self.learn(patient, spec.ids)
        return numbering.free(spec.ids, self._feed, patient)

    def complete(self, patient: Patient, spec: PatientSpec) -> None:
        """Fills in what we did not know of a patient; what we know stays as it is."""
        if self.changes_people:
            complete(patient, spec)

    def _patient(
        self, spec: PatientSpec, *, corrects: bool = False, lock: bool = True
    ) -> Patient | None:
        if spec not in self._found:
            known = matching.find(self._hospital, spec, corrects=corrects, lock=lock)
            if known is None:
                return None
            numbering.learn(self._hospital, known, spec.ids)
            self._found[spec] = known.patient
        return cast(Patient, self._found[spec])

    def _new(self, spec: PatientSpec, *, record: bool) -> Patient:
        if not self.creates_people:
            raise _unknown("patient", spec.number, "PID-3")
        if not (spec.first_name or spec.last_name):
            raise missing("PID-5", "patient name")
        patient = newcomers.create(spec, details(spec), self._feed, record=record)
        self._found[spec] = patient
        return patient

    @overload
    def ward(self, code: str, *, create: Literal[True] = True) -> Ward: ...
    @overload
    def ward(self, code: str, *, create: Literal[False]) -> Ward | None: ...
    def ward(self, code: str, *, create: bool = True) -> Ward | None:
        """By code, else by name, in whatever case.

        `create` is for messages that tell where somebody is: a new ward is called by its code until
        somebody gives it a better name. All others get None, and the feed's page says what is
        unknown: a result for an empty new ward would reach nobody.
        """
        found = self._known_ward(code)
        if found is None and create:
            return self._place(Ward.objects.all(), "ward", {"name": code}, code=code)
        if found is None:
            self.unread.append(Unread("PV1-3", code))
        return found

    def _known_ward(self, code: str) -> Ward | None:
        if ("ward", code) not in self._found:
            key = ("ward", self._hospital.pk, code)
            self._found["ward", code] = reference.find(key, lambda: self._look_for_ward(code))
        return cast(Ward | None, self._found["ward", code])

    def _look_for_ward(self, code: str) -> Ward | None:
        wards = Ward.objects.filter(hospital=self._hospital)
        if found := wards.filter(code=code).first():
            return found
        named = [ward for ward in wards if folded(code) in map(folded, _names(ward))]
        return named[0] if len(named) == 1 else None

    def bed(self, ward: Ward, number: str) -> Bed:
        """By its number in the ward, in whatever case."""
        memory = ("bed", number, ward)
        if self._found.get(memory) is None:
            [*known] = Bed.objects.filter(
                hospital=self._hospital, ward=ward, number__iexact=number
            ).order_by("pk")
            alike = (bed for bed in known if bed.number == number)
            self._found[memory] = next(alike, known[0] if known else None)
        return self._place(Bed.objects.all(), "bed", {}, number=number, ward=ward)

    def _place(self, rows: QuerySet[Row], what: str, new: dict[str, str], **key: Any) -> Row:
        """The row with this key; the first part of it is what the message says."""
        memory = (what, *key.values())
        if self._found.get(memory) is None:
            key["hospital"] = self._hospital
            if self._feed.creates_places:
                self._found[memory] = rows.get_or_create(**key, defaults=new)[0]
            elif row := rows.filter(**key).first():
                self._found[memory] = row
            else:
                raise _unknown(what, memory[1], "PV1-3")
        return cast(Row, self._found[memory])

    def clinician(self, who: Clinician | None, place: str) -> User | None:
        """By all their codes. None, and a note on the feed's page, where it is not certain who.

        A new one is a provider who cannot sign in until somebody sets a password; nobody is made of
        a bare number.
        """
        if who is None:
            return None
        if who not in self._found:
            key = ("clinician", self._feed.pk, who)
            found = reference.find(key, lambda: clinicians.find(who, self._feed))
            if found is None:
                code = str(who.ids[0]) if who.ids else "(a name without a number)"
                self.unread.append(Unread(place, code))
            elif clinicians.is_named_otherwise(found, who):
                self.unread.append(Unread(place, f"{who.code} under another name"))
            self._found[who] = found
        return cast(User | None, self._found[who])


def _names(ward: Ward) -> Sequence[str]:
    return [name for name in (ward.code, ward.name, ward.name_ar) if name]


def _unknown(what: str, name: object, place: str) -> Failed:
    return Failed(Code.UNKNOWN_KEY_IDENTIFIER, f"{what} {name} is not known here", place)


def complete(patient: Patient, spec: PatientSpec) -> None:
    """Fills in what we did not know of a patient; what we know stays as it is."""
    unknown = ("", None, Patient.Gender.UNKNOWN)
    new = {
        name: value
        for name, value in details(spec).items()
        if value not in unknown and getattr(patient, name) in unknown
    }
    for name, value in new.items():
        setattr(patient, name, value)
    if new:
        patient.save(update_fields=[*new])


def details(spec: PatientSpec) -> dict[str, Any]:
    """What a message says of a patient, by the columns of the model."""
    return {name: value for name, value in asdict(spec).items() if name in COLUMNS}

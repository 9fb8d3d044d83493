"""From the names in a message to our rows: found, or created where the hospital wants that.

Two connections that create the same thing at once both end up with it: the database's unique
constraints decide, and `get_or_create` takes the loser to the winner's row.
"""

import secrets
from dataclasses import asdict
from typing import Any, TypeVar, cast

from django.contrib.auth.hashers import make_password
from django.db.models import Model, QuerySet
from django.utils.text import slugify

from wards import reference
from wards.hl7.refusals import Code, Failed, missing
from wards.hl7.said import Clinician, PatientSpec
from wards.models import Bed, Feed, Patient, Role, User, Ward

Row = TypeVar("Row", bound=Model)
REMEMBERED = ("ward", "clinician")
COLUMNS = ("first_name", "last_name", "date_of_birth", "gender", "phone", "email", "language")


class Lookup:
    """The rows of one hospital, by the names its other systems have for them; for one message.

    Raises Failed for what is unknown where `Feed.creates_people` is off.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed, self._hospital = feed, feed.hospital
        self._found: dict[object, Model] = {}

    @property
    def creates_people(self) -> bool:
        """Whether this feed may tell us of people we do not know."""
        return self._feed.creates_people

    def patient(self, spec: PatientSpec, *, lock: bool = False) -> Patient:
        """By number; a new one gets all that the message says of them.

        `lock` keeps other messages about the patient waiting until the transaction ends; rows that
        refer to the patient may still be written.
        """

        def last_name() -> str:
            if not (spec.first_name or spec.last_name):
                raise missing("PID-5", "patient name")
            return spec.last_name

        new = details(spec) | {
            "last_name": last_name,
            "language": spec.language or self._hospital.language,
        }
        rows = Patient.objects.select_for_update(no_key=True) if lock else Patient.objects.all()
        return self._find(rows, "PID-3", "patient", new, number=spec.number)

    def known_patient(self, spec: PatientSpec) -> Patient | None:
        """By number, locked as above; nobody is created for what nothing is left to do for."""
        rows = Patient.objects.select_for_update(no_key=True)
        return rows.filter(hospital=self._hospital, number=spec.number).first()

    def ward(self, code: str) -> Ward:
        """By code, which is also a new one's name until somebody gives it a better one."""
        return self._find(Ward.objects.all(), "PV1-3", "ward", {"name": code}, code=code)

    def bed(self, ward: Ward, number: str) -> Bed:
        """By its number in the ward."""
        return self._find(Bed.objects.all(), "PV1-3", "bed", {}, number=number, ward=ward)

    def clinician(self, who: Clinician | None, place: str) -> User | None:
        """By code. A new one is a provider who cannot sign in until somebody sets a password."""
        if who is None:
            return None
        name = slugify(who.code)[:60] or "clinician"
        new = {
            "username": lambda: f"{name}-{secrets.token_hex(4)}",
            "password": lambda: make_password(None),
            "first_name": who.first_name,
            "last_name": who.last_name,
            "role": Role.PROVIDER,
            "language": self._hospital.language,
        }
        return self._find(User.objects.all(), place, "clinician", new, code=who.code)

    def _find(
        self, rows: QuerySet[Row], place: str, what: str, new: dict[str, Any], **key: Any
    ) -> Row:
        """The row with this key; callables in `new` are called only if it has to be created.

        The first part of the key is what the message says.
        """
        memory = (what, *key.values())
        if memory not in self._found:
            name = memory[1]
            key["hospital"] = self._hospital
            known = None
            if what in REMEMBERED:
                key_of_all = (what, self._hospital.pk, *memory)
                known = reference.find(key_of_all, rows.filter(**key).first)
            if known is not None:
                self._found[memory] = known
            elif self._feed.creates_people:
                self._found[memory] = rows.get_or_create(**key, defaults=new)[0]
            elif row := rows.filter(**key).first():
                self._found[memory] = row
            else:
                raise Failed(Code.UNKNOWN_KEY_IDENTIFIER, f"{what} {name} is not known here", place)
        return cast(Row, self._found[memory])


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

"""The fixed cast: two hospitals and the people in them, who are the same in every test.

Rawdah General: Cardiology (two beds) and Renal Ward (one bed)
    Alice administers, Mona manages, Dana is at the front desk, Priya is a provider,
    Noor is the nurse on duty in Cardiology, Omar the nurse on duty in the Renal Ward,
    Farid is the pharmacist, Pat is a patient with a portal user
Other Hospital: Intensive Care (one bed)
    Zed administers; nothing of it may ever be seen by the others, nor theirs by Zed
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests import factories
from wards.models import Bed, Hospital, Patient, Role, User, Ward


@dataclass(frozen=True)
class Cast:
    """Everybody, and where they are. Users are attributes by first name."""

    hospital: Hospital
    cardiology: Ward
    renal: Ward
    bed: Bed
    spare_bed: Bed
    renal_bed: Bed
    alice: User
    mona: User
    dana: User
    priya: User
    noor: User
    omar: User
    farid: User
    pat: User
    patient: Patient
    other_hospital: Hospital
    other_ward: Ward
    other_bed: Bed
    zed: User
    other_patient: Patient

    def of_role(self, role: str) -> User:
        """The member of the cast with this role in Rawdah General (the nurse: Noor)."""
        return {
            Role.ADMIN: self.alice,
            Role.HOSPITAL_MANAGER: self.mona,
            Role.FRONT_DESK: self.dana,
            Role.PROVIDER: self.priya,
            Role.NURSE: self.noor,
            Role.PHARMACIST: self.farid,
            Role.PATIENT: self.pat,
        }[Role(role)]


def create_cast() -> Cast:
    """Makes the two hospitals. Signing in as one of the cast: `factories.sign_in`."""
    hospital = factories.create_hospital("Rawdah General", facility="RAWDAH")
    cardiology = factories.create_ward(hospital, "Cardiology", code="CARD", name_ar="أمراض القلب")
    renal = factories.create_ward(hospital, "Renal Ward", code="RENAL")
    other = factories.create_hospital("Other Hospital", facility="OTHER")
    intensive = factories.create_ward(other, "Intensive Care", code="ICU")
    pat = _person(hospital, Role.PATIENT, "Pat", "Patel")
    cast = Cast(
        hospital=hospital,
        cardiology=cardiology,
        renal=renal,
        bed=factories.create_bed(cardiology, number="C-01"),
        spare_bed=factories.create_bed(cardiology, number="C-02"),
        renal_bed=factories.create_bed(renal, number="R-01"),
        alice=_person(hospital, Role.ADMIN, "Alice", "Alvarez", is_staff=True),
        mona=_person(hospital, Role.HOSPITAL_MANAGER, "Mona", "Mansour"),
        dana=_person(hospital, Role.FRONT_DESK, "Dana", "Dahl"),
        priya=_person(hospital, Role.PROVIDER, "Priya", "Prasad", code="C006"),
        noor=_person(hospital, Role.NURSE, "Noor", "Nasser"),
        omar=_person(hospital, Role.NURSE, "Omar", "Othman"),
        farid=_person(hospital, Role.PHARMACIST, "Farid", "Farouk"),
        pat=pat,
        patient=factories.create_patient(
            hospital, number="MRN-1", first_name="Pat", last_name="Patel", user=pat
        ),
        other_hospital=other,
        other_ward=intensive,
        other_bed=factories.create_bed(intensive, number="I-01"),
        zed=_person(other, Role.ADMIN, "Zed", "Zidane", is_staff=True),
        other_patient=factories.create_patient(
            other, number="MRN-1", first_name="Zoe", last_name="Zidane"
        ),
    )
    factories.create_duty(cast.noor, cardiology)
    factories.create_duty(cast.omar, renal)
    return cast


def _person(hospital: Hospital, role: Role, first: str, last: str, **fields: Any) -> User:
    return factories.create_user(
        hospital, role, username=first.lower(), first_name=first, last_name=last, **fields
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in a transaction that is rolled back; with `transactional_db` it is committed."""
    return create_cast()


@pytest.fixture(scope="module")
def kept_cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, made once for a module: for hundreds of tests that each ask one thing of it.

    Around the module's tests stands a transaction, in which each test is a savepoint; so none of
    them may be `transactional_db`, and for PostgreSQL's now() all of them are at one moment.
    """
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
        made = create_cast()
    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def borrowed_cast(kept_cast: Cast, db: None) -> Cast:
    """The module's cast, as it was made: whatever a test does to it ends with the test."""
    return deepcopy(kept_cast)

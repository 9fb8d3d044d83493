"""Numbers of people that are new here: which one they are known by, and which ones are learnt."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from wards.feeds.content import Id, PatientVisit, Said, Scheduled
from wards.identity.matching import Known, are_compatible, telling
from wards.models import Feed, Hospital, Identifier, Patient, User

LONGEST = 80  # characters, as Patient.number and User.code


def numbers(ids: Sequence[Id], feed: Feed) -> Iterator[str]:
    """What somebody new may be called, the best first: one that cannot be taken for another's.

    The value as it is, then with who gave it, then counted.
    """
    best = min(telling(ids), key=lambda each: _rank(each, feed))
    yield best.value
    named = f"{best.authority or feed.facility}:{best.value}"[: LONGEST - 4]
    yield named
    for count in range(2, 100):
        yield f"{named}/{count}"


def free(ids: Sequence[Id], feed: Feed, patient: Patient) -> str:
    """The best of them for a patient who is here already: no other patient's."""
    others = Patient.objects.filter(hospital=feed.hospital).exclude(pk=patient.pk)
    wanted = numbers(ids, feed)
    return next(number for number in wanted if not others.filter(number=number).exists())


def _rank(each: Id, feed: Feed) -> tuple[int, bool]:
    """By type, as the feed's order has it; of one type our own before others'."""
    order = feed.type_order
    unnamed = order.index("MR") if "MR" in order and not each.type else len(order)
    return (order.index(each.type) if each.type in order else unnamed, bool(each.authority))


def learn(hospital: Hospital, known: Known, ids: Sequence[Id]) -> None:
    """Writes down the numbers that are new of a patient: one statement, none where all are known.

    Where a number of the patient's own would look like another's by that, it is written, too.
    """
    new = [each for each in telling(ids) if not any(_is_known(each, old) for old in known.ids)]
    own = {each.value for each in new if each.authority} & known.numbers
    own -= {old.value for old in known.ids}
    write(hospital, [*new, *map(Id, own)], patient=known.patient)


def _is_known(new: Id, old: Id) -> bool:
    same = (old.value, old.authority) == (new.value, new.authority)
    return same and are_compatible(old.type, new.type)


def write(
    hospital: Hospital,
    ids: Sequence[Id],
    *,
    patient: Patient | None = None,
    user: User | None = None,
    fresh: bool = False,
) -> None:
    """Writes rows; those that are somebody's already stay theirs, or, if `fresh`, are an error."""
    of = Identifier.Of.PATIENT if patient else Identifier.Of.CLINICIAN
    about: dict[str, Any] = {"hospital": hospital, "of": of, "patient": patient, "user": user}
    rows = [
        Identifier(value=each.value, authority=each.authority, type=each.type, **about)
        for each in dict.fromkeys(ids)
    ]
    if rows:
        Identifier.objects.bulk_create(rows, ignore_conflicts=not fresh)


Thing = TypeVar("Thing", bound=Said)
VISIT = 80  # characters, as the shortest column of a visit's number
LEFT = (str, list)  # what has no numbers in it


def authority(name: str, feed: Feed) -> str:
    """The authority of a number that `name` (CX.4) is said of; "" stands for our own."""
    if name.upper() in ("", feed.facility.upper()):
        name = feed.authority
    ours = {own.upper() for own in feed.own_authorities}
    return "" if name.upper() in ours else name.upper()


def resolved(said: Thing, feed: Feed) -> Thing:
    """The same, with our names for all authorities."""
    thing: Thing = _resolve_fields(said, feed)
    if isinstance(thing, Scheduled):
        return replace(thing, ids=tuple(Id(str(each)) for each in thing.ids))
    return thing


def _resolve(value: Any, feed: Feed) -> Any:
    match value:
        case Id():
            return replace(value, authority=authority(value.authority, feed))
        case PatientVisit(number=number) if number:
            key = str(Id(number, authority(value.authority, feed)))[:VISIT]
            return replace(_resolve_fields(value, feed), number=key, authority="")
        case tuple():
            return tuple(_resolve(each, feed) for each in value)
        case _ if hasattr(value, "__dataclass_fields__"):
            return _resolve_fields(value, feed)
        case _:
            return value


def _resolve_fields(thing: Any, feed: Feed) -> Any:
    values = {field.name: getattr(thing, field.name) for field in fields(thing)}
    changed = {
        name: new
        for name, value in values.items()
        if not isinstance(value, LEFT) and (new := _resolve(value, feed)) is not value
    }
    return replace(thing, **changed) if changed else thing

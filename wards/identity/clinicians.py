"""Clinicians, by the codes that other systems have for them (XCN)."""

import secrets
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.postgres.expressions import ArraySubquery
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.text import slugify

from wards.feeds.content import Clinician, Id
from wards.identity import numbering
from wards.identity.names import Likeness, Name, compare
from wards.models import Feed, Hospital, Identifier, Role, User


def find(who: Clinician, feed: Feed) -> User | None:
    """Who it is; a new provider where nobody is known by the code and the message has a name.

    None where that is not certain: the code alone of somebody unknown, several people, or another
    authority's code with a name that has nothing in common with the one we know. A code of the
    hospital's own says who it is: people marry, and systems spell.
    """
    codes = [Id(each.value, each.authority) for each in dict.fromkeys(who.ids)]
    found = _known(who, codes, feed.hospital)
    if not found and who.ids and who.is_named and feed.creates_people:
        return _create(who, codes, feed)
    return _certain(found, who, codes, feed.hospital)


def _certain(
    found: Sequence[tuple[User, list[Id]]], who: Clinician, codes: Sequence[Id], hospital: Hospital
) -> User | None:
    """The one of them who it is; new codes are learnt where the name does not contradict."""
    if len(found) != 1:
        return None
    [(user, ids)] = found
    if is_named_otherwise(user, who):
        ours = {Id(user.code), *(each for each in ids if not each.authority)}
        return None if ours.isdisjoint(codes) else user
    numbering.write(hospital, [each for each in codes if each not in ids], user=user)
    return user


def _known(who: Clinician, codes: Sequence[Id], hospital: Hospital) -> list[tuple[User, list[Id]]]:
    """Everybody who has one of the codes, with those we know of them: one query."""
    values = {each.value for each in codes}
    of = Identifier.Of.CLINICIAN
    given = Identifier.objects.filter(hospital=hospital, of=of, value__in=values).values("user")
    coded = User.objects.filter(hospital=hospital, code__in=values).values("pk")
    own = Identifier.objects.filter(user=OuterRef("pk")).order_by("pk")
    as_json = own.values(row=JSONObject(value=F("value"), authority=F("authority")))
    users = User.objects.filter(pk__in=given.union(coded)).annotate(given=ArraySubquery(as_json))
    everybody = [(user, [Id(**each) for each in user.given]) for user in users.order_by("pk")]
    return [(user, ids) for user, ids in everybody if _has(user, ids, codes, who)]


def _has(user: User, ids: Sequence[Id], codes: Sequence[Id], who: Clinician) -> bool:
    """Whether one of the codes is the user's.

    That of another authority than ours may be the code we know only where no other one has given
    them any, and the name says so.
    """
    if any(each in ids or (each.value == user.code and not each.authority) for each in codes):
        return True
    foreign = any(each.authority for each in ids)
    same = not foreign and any(each.value == user.code for each in codes)
    return same and _likeness(user, who) is Likeness.SAME


def is_named_otherwise(user: User, who: Clinician) -> bool:
    """Whether the name that a message gives has nothing in common with the one we know."""
    return _likeness(user, who) is Likeness.DIFFERENT


def _likeness(user: User, who: Clinician) -> Likeness:
    return compare(Name(user.first_name, user.last_name), Name(who.first_name, who.last_name))


def _create(who: Clinician, codes: Sequence[Id], feed: Feed) -> User | None:
    """A provider who cannot sign in until somebody sets a password."""
    name = slugify(who.code)[:60] or "clinician"
    for code in numbering.numbers(who.ids, feed):
        try:
            with transaction.atomic():
                user = User.objects.create(
                    hospital=feed.hospital,
                    code=code,
                    username=f"{name}-{secrets.token_hex(4)}",
                    password=make_password(None),
                    first_name=who.first_name,
                    last_name=who.last_name,
                    role=Role.PROVIDER,
                    language=feed.hospital.language,
                )
                numbering.write(feed.hospital, codes, user=user, fresh=True)
                return user
        except IntegrityError:
            if found := _known(who, codes, feed.hospital):
                return _certain(found, who, codes, feed.hospital)
    return None

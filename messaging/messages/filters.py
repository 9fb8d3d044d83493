"""Filters of the list of messages that somebody keeps for themselves."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import SavedFilter
from wards.base.refused import Refused
from wards.models import User

MOST = 20  # a person's: more than anybody finds again


@transaction.atomic
def save_filter(*, by: User, name: str, query: str) -> SavedFilter:
    """Keeps what stands behind the ? of the list under a name of one's own.

    Refused without filters, for a name that is taken, and for more than `MOST`.
    """
    if not query:
        raise Refused(_("Choose something to filter by first."))
    mine = SavedFilter.objects.filter(user=by)
    if mine.count() >= MOST:
        raise Refused(_("You have %(n)s saved filters. Delete one first.") % {"n": MOST})
    try:
        with transaction.atomic():
            made: SavedFilter = SavedFilter.objects.create(
                hospital_id=_hospital(by), user=by, name=name, query=query
            )
    except IntegrityError as conflict:
        raise Refused(_("You have a filter of this name already.")) from conflict
    return made


def _hospital(user: User) -> int:
    if user.hospital_id is None:
        raise Refused(_("Only people of a hospital have filters."))
    return user.hospital_id


def delete_filter(*, saved: SavedFilter) -> None:
    """Forgets it; safe to repeat."""
    SavedFilter.objects.filter(pk=saved.pk).delete()

"""What a bed is fit for while nobody is in it."""

from django.db import transaction
from django.utils.translation import gettext as _

from wards import events
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Bed, Event, User

Status = Bed.Status


@transaction.atomic
def set_bed_status(
    *, bed: Bed, status: str, by: User | None = None, source: str = Event.Source.WEB
) -> Bed:
    """Makes an empty bed available, or takes it out of use for cleaning or maintenance.

    Refused while somebody is in it; and nobody is put into it this way.
    """
    if status == Status.OCCUPIED:
        raise Refused(_("A bed is occupied by admitting or moving somebody into it."))
    # By itself first: whoever takes the bed at this moment is waited for.
    locked = Bed.objects.select_for_update().get(pk=bed.pk)
    before = locked.status
    if before == Status.OCCUPIED:
        raise Refused(_("Bed %(bed)s is occupied.") % {"bed": locked.number})
    if before != status:
        locked.status = Status(status)
        locked.save(update_fields=["status"])
        events.record(
            Kind.BED_STATUS_CHANGED,
            hospital=locked.hospital,
            source=source,
            actor=by,
            ward=locked.ward,
            data={"bed": locked.number, "before": before, "status": status},
        )
    return locked

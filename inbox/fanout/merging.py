"""Two results of one order become one: so do the alerts that follow them."""

from inbox.models import Notification
from wards.models import Result


def on_merging_results(kept: Result, retired: Result, **kwargs: object) -> None:
    """Everybody's alert follows the result that is kept; of two of somebody's the newer one does.

    None is taken out of sight by it.
    """
    ours = Notification.objects.filter(result=kept)
    theirs = Notification.objects.filter(result=retired)
    theirs.filter(recipient__in=ours.values("recipient")).update(result=None)
    theirs.update(result=kept)

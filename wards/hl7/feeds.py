"""Which feed a message is of: by its sending facility (MSH-4) and application (MSH-3)."""

from django_scopes import scopes_disabled

from wards.hl7.header import Header
from wards.models import Feed


def feed_of(header: Header) -> Feed | None:
    """The feed of exactly this application, else that of the whole facility; None: not known."""
    if not header.facility:
        return None
    with scopes_disabled():
        feeds = Feed.objects.select_related("hospital").filter(
            facility=header.facility, application__in=(header.application, ""), is_active=True
        )
        return max(feeds, key=lambda feed: len(feed.application), default=None)

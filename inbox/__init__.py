"""Inbox: floor 3, who must know. `inbox.notify` is how other code tells one person something."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from wards.models import Event, User


def notify(
    user: User,
    title: str,
    message: str = "",
    *,
    level: str = "info",
    link: str = "",
    at: datetime | None = None,
) -> Event:
    """Tells one person something, now or later: an alert in their inbox, live on their pages.

    For scripts and other code of the installation; nobody makes rows of alerts by hand. It goes
    the way of everything that happens: an event in the audit trail, and from there by the rule
    table (`system.notice.addressee`) into the mailbox. It is part of the transaction that is open,
    and the person is told once that has committed; without one it commits by itself. To be called
    from synchronous code; from a coroutine by `sync_to_async(inbox.notify)`.

    Args:
        user: Who is told. They must be active and of a hospital: that is where it is recorded.
            Whoever is not active any more when it is due is not told.
        title: What it is about, at most 200 characters. It and `message` are shown as they
            are, in one line each, to whatever language the reader has set: nothing in them is a
            placeholder, and control characters and direction marks are left out.
        message: What there is to say about it, at most 2,000 characters.
        level: "info", "success", "warning", "error" or "critical". A critical one stays in sight
            and sounds until the person takes it.
        link: The page of ours that it opens: a path with its query, such as
            "/wards/3/?day=2026-11-27", at most 200 characters. No other site, and no host.
        at: When to tell it, with a time zone; at once where that is past or None. Until then it is
            a row that waits in the database, so no restart forgets it. It may be some seconds late
            (beat looks every 5 s).

    Returns:
        The event that was recorded.

    Raises:
        ValueError: One of these does not hold; the text says which. Nothing was recorded.

    >>> import inbox
    >>> from wards.models import User
    >>> noor = User.objects.get(username="noor")
    >>> inbox.notify(noor, "Ward meeting at 14:00", "In the library.", link="/wards/")
    <Event: system.notice #4711>
    """
    from inbox import notifying

    return notifying.notify(user, title, message, level, link, at)

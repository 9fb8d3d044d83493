"""What the frame of every page needs to know of its reader."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from inbox.models import Mailbox
from inbox.publications.standing import reader_of
from wards import selectors
from wards.base import clock
from wards.base.plurals import plurals
from wards.models import User
from wards.roles import Permission, allows
from wards.templatetags.display import ago_words
from wards.views.preferences import THEME_COOKIE


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Mailbox, duty, permissions, the script's configuration; read only where a page uses them."""
    user = getattr(request, "user", None)
    cookie = request.COOKIES.get(THEME_COOKIE, "")
    guest = {"theme": cookie if cookie in User.Theme else "auto", "demo": settings.DEMO}
    if not isinstance(user, User) or user.hospital_id is None:
        return guest
    box = SimpleLazyObject(lambda: Mailbox.objects.filter(user=user).first() or Mailbox(user=user))
    return {
        **guest,
        "theme": user.theme,
        "mailbox": box,
        "duty_wards": SimpleLazyObject(lambda: selectors.duty_wards(user)),
        "sandbox": "sandbox" in settings.MESSAGING_PROVIDERS,  # nobody real is written to
        "may": {permission.value: allows(user, permission) for permission in Permission},
        "config": lambda: script_config(request, box),  # templates call it
    }


def script_config(request: HttpRequest, box: Any) -> dict[str, Any]:
    """What static/js/app.js needs to know. 0 in an address stands for a notification's id."""
    user = request.user
    assert isinstance(user, User)
    assert user.hospital is not None
    return {
        "seq": box.seq,
        "unread": box.unread,
        "language": get_language() or "en",
        "timeZone": user.hospital.timezone,
        "reader": reader_of(user),
        "now": clock.now(),
        "since": getattr(request, "began", None) or clock.now(),
        "csrfToken": get_token(request),
        "csrfCookie": settings.CSRF_COOKIE_NAME,
        "urls": {
            "socket": "/ws/inbox/",
            "frames": reverse("inbox:frames"),
            "history": reverse("inbox:history"),
            "bulk": reverse("inbox:bulk"),
            "read": reverse("inbox:mark_read", args=[0]),
            "acknowledge": reverse("inbox:acknowledge", args=[0]),
            "signIn": reverse("account_login"),
            "signOut": reverse("account_logout"),
        },
        "strings": _strings(user),
    }


def _strings(user: User) -> dict[str, Any]:
    """What it says."""
    return {
        "bell": plurals(lambda n: ngettext("Alerts: %(n)s unread", "Alerts: %(n)s unread", n)),
        "newAlerts": plurals(lambda n: ngettext("%(n)s new alert", "%(n)s new alerts", n)),
        "moreCritical": plurals(
            lambda n: ngettext("%(n)s more critical alert", "%(n)s more critical alerts", n)
        ),
        "desktopTitle": _("Wardbell: critical alert"),
        "desktopBody": _("A critical alert is waiting for you. Open Wardbell to see it."),
        "undo": _("Undo"),
        "failed": _("That did not work. Please try again."),
        "unclear": _("No answer: it may be saved or not. Look before you do it again."),
        "forbidden": _("You may not do that."),
        "gone": _("That is no longer there."),
        "notLive": _("Not live, as of %s"),
        "signedInAs": _("You are signed in as %s now. This page was loaded again.")
        % f"\u2068{user}\u2069",
        "ago": ago_words(),
    }

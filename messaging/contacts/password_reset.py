"""A way back in for somebody who has forgotten their password: a link, once, for half an hour.

Through whichever carrier of e-mail the installation has. The page asks for it with the numbers of
users alone; the worker makes the link and hands it over, so that neither the queue nor a log ever
holds an address or a key, and the page takes as long for a name that nobody has.
"""

import secrets

import structlog
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import translation
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _

from messaging import carriers
from messaging.carriers.base import Carrier, Outgoing, Refusal, Unclear
from messaging.channels import Channel
from wards.base import limits
from wards.models import User

log = structlog.get_logger(__name__)

MOST_USERS = 5  # of one address: more are not one person
# E-mails to one user, within seconds: nobody's mailbox is filled by a stranger.
MOST_LINKS = (3, 60 * 60)


def usable_carriers() -> list[Carrier]:
    """Who could carry the link. The sandbox shows what it carries, so only in a demo."""
    found = carriers.for_channel(Channel.EMAIL)
    if settings.DEMO or settings.DEBUG:
        return found
    return [each for each in found if not each.name.startswith("sandbox")]


def whose(text: str) -> list[int]:
    """The users of a name or an address; two queries, whether there are any or not."""
    active = User.objects.filter(is_active=True).exclude(email="")
    named = list(active.filter(username__iexact=text).values_list("pk", flat=True)[:1])
    same = active.alias(address=Lower("email")).filter(address=text.lower())
    return sorted({*named, *same.values_list("pk", flat=True)[:MOST_USERS]})


def send_all(user_ids: list[int]) -> None:
    """Write to those who asked; nobody has asked where the list is empty."""
    for user_id in user_ids:
        send(user_id)


def send_all_here(user_ids: list[int]) -> None:
    """The same in a thread of its own, where no worker can be asked."""
    try:
        send_all(user_ids)
    finally:
        connection.close()


def send(user_id: int) -> None:
    """Write to a user, if they may still sign in with a password and were not written to often."""
    user = User.objects.select_related("hospital").filter(pk=user_id, is_active=True).first()
    if user is None or not (user.email and user.has_usable_password()):
        return
    if not limits.allowed(f"reset:{user.pk}", *MOST_LINKS):
        log.warning("password_reset_asked_for_too_often", user=user.pk)
        return
    for carrier in usable_carriers():
        try:
            carrier.send(_letter(user, carrier.name))
        except Refusal as fault:  # the next one may take it
            log.warning("password_reset_refused", provider=carrier.name, code=fault.code)
        except Unclear as fault:  # it may have: a second link would do no harm, but may confuse
            log.warning("password_reset_unclear", provider=carrier.name, code=fault.code)
            return
        else:
            return


def link(user: User) -> str:
    """Where a new password is chosen; the password, the address or half an hour gone, it ends."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", args=[int_to_base36(user.pk), key])
    return f"{settings.PUBLIC_URL}{path}"


def _letter(user: User, carrier: str) -> Outgoing:
    reference = f"reset-{secrets.token_hex(12)}-1"
    with translation.override(user.language):
        words = _(
            "Somebody, probably you, asked for a new password for %(name)s in Wardbell.\n\n"
            "Open this address within %(minutes)d minutes to choose one:\n\n%(link)s\n\n"
            "If it was not you, there is nothing to do: your password stays as it is. Show the"
            " address to nobody."
        )
        values = {"name": user.username, "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
        return Outgoing(
            reference=reference,
            channel=Channel.EMAIL,
            to=user.email,
            subject=_("A new password for Wardbell"),
            body=words % {**values, "link": link(user)},
            language=user.language,
            sender=str(user.hospital or "Wardbell"),
            callback_url=carriers.callback_url(carrier, reference),
        )

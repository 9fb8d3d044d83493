from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    """Floor 3: decides who must know of an event, and shows it to them."""

    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from django.contrib.sessions.models import Session
        from django.db.models.signals import post_delete, post_save

        # Checks register themselves.
        from inbox import fanout
        from inbox.fanout import withdrawals
        from inbox.publications import publish
        from inbox.rules import checks  # noqa: F401
        from wards import events
        from wards.actions.merging import merging_results
        from wards.models import User
        from wards.models.staff import credentials_changed

        events.recorded.connect(fanout.on_recorded, dispatch_uid="inbox.fanout")
        events.touched.connect(publish.on_touched, dispatch_uid="inbox.publish")
        merging_results.connect(withdrawals.on_merging_results, dispatch_uid="inbox.merging")
        # Whatever lets somebody in; their sockets go with it.
        post_delete.connect(publish.on_session_ended, Session, dispatch_uid="inbox.session")
        post_delete.connect(publish.on_user_deleted, User, dispatch_uid="inbox.user.deleted")
        post_save.connect(publish.on_user_changed, User, dispatch_uid="inbox.user")
        credentials_changed.connect(
            publish.on_credentials_changed, dispatch_uid="inbox.credentials"
        )

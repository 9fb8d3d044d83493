from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    """Floor 3: decides who must know of an event, and shows it to them."""

    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from django.contrib.sessions.models import Session
        from django.db.models.signals import post_delete, post_save

        from inbox import fanout, publish
        from wards import events
        from wards.models import User
        from wards.models.staff import credentials_changed

        events.recorded.connect(fanout.on_recorded, dispatch_uid="inbox.fanout")
        events.touched.connect(publish.on_touched, dispatch_uid="inbox.publish.touched")
        # Whatever lets somebody in; their sockets go with it.
        post_delete.connect(publish.on_session_ended, Session, dispatch_uid="inbox.session")
        post_delete.connect(publish.on_user_deleted, User, dispatch_uid="inbox.user.deleted")
        post_save.connect(publish.on_user_changed, User, dispatch_uid="inbox.user")
        credentials_changed.connect(
            publish.on_credentials_changed, dispatch_uid="inbox.credentials"
        )

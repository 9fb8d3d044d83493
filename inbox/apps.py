from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    """Floor 3: decides who must know of an event, and shows it to them."""

    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        # Checks register themselves.
        from inbox import checks, fanout, merging, publish  # noqa: F401
        from wards import events
        from wards.actions.merging import merging_results

        events.recorded.connect(fanout.on_recorded, dispatch_uid="inbox.fanout")
        events.touched.connect(publish.on_touched, dispatch_uid="inbox.publish.touched")
        user_logged_out.connect(publish.on_logged_out, dispatch_uid="inbox.publish")
        merging_results.connect(merging.on_merging_results, dispatch_uid="inbox.merging")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Floor 2: carries words to patients and staff outside the browser."""

    name = "messaging"
    verbose_name = _("Messaging")

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from messaging.campaigns.origin import CampaignOrigin
        from messaging.contacts import ledger, merging
        from messaging.delivery import origins
        from messaging.delivery.intents import EventOrigin
        from messaging.templates import default_templates
        from wards.actions.merging import merging as patients_merged
        from wards.models import Hospital

        post_save.connect(
            default_templates.on_hospital_saved, sender=Hospital, dispatch_uid="messaging.starter"
        )
        post_save.connect(
            ledger.on_hospital_saved, sender=Hospital, dispatch_uid="messaging.ledger"
        )
        origins.register("event", EventOrigin())
        origins.register("campaign", CampaignOrigin())
        patients_merged.connect(merging.on_merging, dispatch_uid="messaging.merging")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WardsConfig(AppConfig):
    """Floor 1: what happens in the hospital. Knows nothing of the floors above it."""

    name = "wards"
    verbose_name = _("Wards")

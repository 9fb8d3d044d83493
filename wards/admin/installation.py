"""The admin pages of the installation itself, for operators."""

from django.contrib import admin

from wards.models import Counter, Heartbeat
from wards.web.admin import InstallationAdmin


@admin.register(Counter)
class CounterAdmin(InstallationAdmin[Counter]):
    """Failed sign-ins and what else may happen so often only. Names are in it as digests alone."""

    list_display = ["key", "count", "ends_at"]
    search_fields = ["key"]


@admin.register(Heartbeat)
class HeartbeatAdmin(InstallationAdmin[Heartbeat]):
    """Which processes are alive, and what their clocks say."""

    list_display = ["part", "process", "at", "said_at"]
    list_filter = ["part"]
    search_fields = ["part", "process"]

"""The admin pages of the wards: what is set up to edit, what happened to look at."""

import allauth.account.admin  # noqa: F401  (registers what is taken out again below)
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from wards.admin import building, feeds, installation, people, stays, trail
from wards.operations import admin as operations

__all__ = ["building", "feeds", "installation", "operations", "people", "stays", "trail"]

admin.site.index_title = _("Administration")
# Roles decide who may do what, and nobody signs in by e-mail address; both know no hospitals.
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)

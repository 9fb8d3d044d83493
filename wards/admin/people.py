"""Users, their duty, and patients."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wards.admin.credentials import ChangeUserForm, NewUserForm, SetPasswordForm
from wards.models import DutyPeriod, Identifier, Patient, Role, User
from wards.web.admin import TenantAdmin, administers, badge
from wards.web.pages import reader

ROLE = {Role.ADMIN: "critical", Role.HOSPITAL_MANAGER: "warning", Role.PATIENT: "neutral"}


@admin.register(User)
class UserAdmin(TenantAdmin[User], BaseUserAdmin[User]):
    """The people of the hospital. Only a superuser changes a superuser or makes one."""

    form: Any = ChangeUserForm
    add_form = NewUserForm
    change_password_form = SetPasswordForm
    change_user_password_template = "admin/wards/user/set_password.html"  # noqa: S105
    list_display = [
        "username",
        "first_name",
        "last_name",
        badge("role", _("role"), ROLE),
        "language",
        "is_active",
        "is_staff",
    ]
    list_filter = ["role", "language", "is_active", "is_staff"]
    search_fields = ["username", "first_name", "last_name", "email", "code"]
    filter_horizontal = ()
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        (_("Work"), {"fields": ("hospital", "role", "code", "language")}),
        (_("Who you are"), {"fields": ("own_password",)}),
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "theme")}),
        (_("Work"), {"fields": ("hospital", "role", "code")}),
        (_("Signing in"), {"fields": ("is_active", "is_staff", "last_login", "date_joined")}),
        (_("Who you are"), {"fields": ("own_password",)}),
    )
    readonly_fields = ["last_login", "date_joined"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.is_superuser or reader(request).is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            form.base_fields["hospital"].required = True  # operators: `manage.py createsuperuser`
        return form


@admin.register(DutyPeriod)
class DutyPeriodAdmin(TenantAdmin[DutyPeriod]):
    list_display = ["user", "ward", "starts_at", "ends_at"]
    list_filter = ["ward", ("ends_at", admin.EmptyFieldListFilter)]
    search_fields = ["user__username", "user__first_name", "user__last_name", "ward__name"]
    date_hierarchy = "starts_at"
    list_select_related = ["user", "ward"]
    autocomplete_fields = ["user", "ward"]


class IdentifierInline(admin.TabularInline[Identifier, Patient]):
    """By which numbers other systems know the patient: learnt from them, to be looked at."""

    model = Identifier
    fields = ("authority", "value", "type")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        return administers(request)

    def has_add_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        return False


@admin.register(Patient)
class PatientAdmin(TenantAdmin[Patient]):
    list_display = ["number", "first_name", "last_name", "date_of_birth", "gender", "language"]
    list_display_links = ["number", "first_name", "last_name"]
    list_filter = ["gender", "language"]
    search_fields = ["number", "first_name", "last_name", "email", "phone"]
    autocomplete_fields = ["user"]
    readonly_fields = ["merged_into"]  # a merge moves all that belongs to them
    inlines = [IdentifierInline]

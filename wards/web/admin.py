"""What the admin pages of every floor share: whose rows they show, who may, and badges."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from psycopg.errors import UniqueViolation

from wards.models import Hospital, User
from wards.roles import Permission, allows
from wards.web.forms import Clean
from wards.web.pages import reader

M = TypeVar("M", bound=Model)


def administers(request: HttpRequest) -> bool:
    """Whether the role (not Django's permission rows) lets the user administer; operators may."""
    user = request.user
    return isinstance(user, User) and (user.is_superuser or allows(user, Permission.ADMINISTER))


class TenantForm(Clean, forms.ModelForm[Any]):
    """A row may only name what belongs to its own hospital; operators can choose from several."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        hospital = cleaned.get("hospital")
        owner = hospital.pk if hospital else self.instance.hospital_id
        for name, value in list(cleaned.items()):
            if getattr(value, "hospital_id", owner) != owner:
                self.add_error(name, ValidationError(_("This belongs to another hospital.")))
        return cleaned


class TenantAdmin(admin.ModelAdmin[M]):
    """People of a hospital see and choose only what is their hospital's; operators see all.

    The hospital of a row is chosen once, when an operator makes it, and never changed. It stays a
    field of the form, so that what is unique within a hospital is checked before the database is.
    """

    form: Any = TenantForm
    hospital_path: ClassVar[str] = "hospital"  # the lookup from a row to its hospital
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        hospital = reader(request).hospital_id
        return rows if hospital is None else rows.filter(**{self.hospital_path: hospital})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's, but what is free when the form is checked may be taken when it is written."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as conflict:
            if not isinstance(conflict.__cause__, UniqueViolation):
                raise
        words = _("Somebody else has just saved one like it: nothing was saved. Look again.")
        self.message_user(request, words, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return administers(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return administers(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return administers(request)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return administers(request)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return administers(request)

    def _shows_hospital(self, request: HttpRequest) -> bool:
        return self.hospital_path == "hospital" and reader(request).hospital_id is None

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        more = ["hospital"] if self._shows_hospital(request) else []
        return [*super().get_list_display(request), *more]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        more = ["hospital"] if self._shows_hospital(request) else []
        return [*super().get_list_filter(request), *more]

    def get_list_select_related(self, request: HttpRequest) -> bool | list[str]:
        named = super().get_list_select_related(request)
        more = ["hospital"] if self._shows_hospital(request) else []
        return [*(named or []), *more] or False  # type: ignore[misc]  # lists here, never True

    def get_form(
        self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and "hospital" in form.base_fields:
            form.base_fields["hospital"].disabled = True
        return form

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Scoped models offer only the hospital's own by themselves; these two are not scoped."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        hospital = reader(request).hospital_id
        if field is None or hospital is None:
            return field
        if db_field.related_model is User:
            field.queryset = User.objects.filter(hospital=hospital)
        elif db_field.related_model is Hospital:
            field.queryset = Hospital.objects.filter(pk=hospital)
            field.initial, field.disabled = hospital, True
        return field


class ViewOnlyAdmin(TenantAdmin[M]):
    """Rows that are written by the actions alone, or never changed: to be looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class InstallationAdmin(ViewOnlyAdmin[M]):
    """Rows of the installation, of no hospital: for operators only."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows: QuerySet[M] = self.model._default_manager.all()
        return rows if reader(request).hospital_id is None else rows.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) and reader(request).hospital_id is None

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.has_module_permission(request)

    def _shows_hospital(self, request: HttpRequest) -> bool:
        return False


class NotesOnlyAdmin(TenantAdmin[M]):
    """Rows that the actions make and move; only what is `noted` on them is edited here."""

    noted: ClassVar[Sequence[str]] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> list[str]:
        fields: Sequence[Field[Any, Any]] = self.model._meta.concrete_fields
        return [field.name for field in fields if field.name not in self.noted]


def badge(name: str, label: StrOrPromise, tones: Mapping[Any, str]) -> Callable[[Any], SafeString]:
    """A list column: a field's choice as a coloured label; the colours are in css/admin.css."""

    @admin.display(description=label, ordering=name)
    def column(row: Any) -> SafeString:
        words = getattr(row, f"get_{name}_display")()
        tone = tones.get(getattr(row, name), "neutral")
        return format_html('<span class="wb-badge wb-badge-{}">{}</span>', tone, words)

    column.__name__ = name
    return column

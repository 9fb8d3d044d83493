"""Policy, prices and saved filters.

Prices are set and filters saved on the hospital's own pages; those of prices record who did.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from messaging import carriers
from messaging.insights import money
from messaging.models import MessagingPolicy, Price, SavedFilter
from wards.web.admin import TenantAdmin, TenantForm, ViewOnlyAdmin


class PolicyForm(TenantForm):
    """A budget has a currency, and a warning that comes before its end."""

    budget_currency = forms.ChoiceField(
        label=_("currency"), required=False, choices=lambda: [("", "–"), *money.currencies()]
    )
    budget_warning = forms.IntegerField(
        label=_("warn at (%)"), min_value=1, max_value=100, initial=80
    )
    monthly_budget = forms.DecimalField(
        label=_("monthly budget"), required=False, min_value=0, max_digits=12, decimal_places=2
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("monthly_budget") and not cleaned.get("budget_currency"):
            self.add_error("budget_currency", ValidationError(_("A budget has a currency.")))
        return cleaned


@admin.register(MessagingPolicy)
class MessagingPolicyAdmin(TenantAdmin[MessagingPolicy]):
    """One a hospital: a second one is refused by its form."""

    form = PolicyForm
    list_display = [
        "__str__",
        "quiet_from",
        "quiet_until",
        "failure_limit",
        "failing_since",
        "approval_above",
        "budget",
    ]
    search_fields = ["hospital__name"]
    list_select_related = ["hospital"]

    def has_delete_permission(
        self, request: HttpRequest, obj: MessagingPolicy | None = None
    ) -> bool:
        return False

    @admin.display(description=_("monthly budget"), ordering="monthly_budget")
    def budget(self, policy: MessagingPolicy) -> str:
        limit = policy.monthly_budget
        return money.money(limit, policy.budget_currency) if limit else "–"


@admin.register(Price)
class PriceAdmin(ViewOnlyAdmin[Price]):
    list_display = ["channel", "where", "who", "price", "page"]
    list_filter = ["channel", "provider", "country", "currency"]
    search_fields = ["provider", "country", "currency"]

    @admin.display(description=_("country"), ordering="country")
    def where(self, price: Price) -> str:
        return money.country(price.country) if price.country else str(_("Any country"))

    @admin.display(description=_("carrier"), ordering="provider")
    def who(self, price: Price) -> str:
        return carriers.label(price.provider) if price.provider else str(_("Any carrier"))

    @admin.display(description=_("price"), ordering="amount")
    def price(self, price: Price) -> str:
        return money.exactly(price.amount, price.currency)

    @admin.display(description=_("page"))
    def page(self, price: Price) -> SafeString:
        address = f"{reverse('messaging:prices')}?edit={price.pk}"
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(SavedFilter)
class SavedFilterAdmin(ViewOnlyAdmin[SavedFilter]):
    list_display = ["name", "user", "query", "created_at"]
    search_fields = ["name", "query", "user__username"]
    list_select_related = ["user"]

"""Prices and the budget."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from messaging import carriers
from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.contacts import phones
from messaging.insights import money
from messaging.insights.prices import paid_lately, preferred_carrier
from messaging.models import MessagingPolicy, Price
from wards.models import Hospital
from wards.web.forms import Plain


def _amount(label: StrOrPromise, digits: int, places: int, **more: Any) -> forms.DecimalField:
    # Not a number field: those do not take what an Arabic keyboard writes.
    widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
    return forms.DecimalField(
        label=label, max_digits=digits, decimal_places=places, widget=widget, **more
    )


class PriceForm(Plain):
    """A row of the table; `price` is the one that is changed."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=[(c.value, c.label) for c in PATIENT_CHANNELS]
    )
    provider = forms.ChoiceField(label=gettext_lazy("Carried by"), required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    amount = _amount(gettext_lazy("Price"), 10, 4, min_value=0)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))

    def __init__(
        self, hospital: Hospital, *args: Any, price: Price | None = None, **kwargs: Any
    ) -> None:
        initial = _as_it_is(price) if price else _usual(hospital)
        super().__init__(*args, initial=initial, auto_id="price_%s", **kwargs)
        known = [*settings.MESSAGING_PROVIDERS, *([price.provider] if price else [])]
        named = [(name, carriers.label(name)) for name in dict.fromkeys(known) if name]
        _offer(self, "provider", [("", _("Any carrier")), *named])
        _offer(self, "country", [("", _("Any country")), *money.countries()])
        _offer(self, "currency", money.currencies())
        self.fields["amount"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        channel, carrier = cleaned.get("channel"), cleaned.get("provider")
        if channel == Channel.EMAIL:
            cleaned["country"] = ""  # nobody knows where a mailbox is
        if channel and carrier in settings.MESSAGING_PROVIDERS:
            there = [each.name for each in carriers.for_channel(Channel(channel))]
            if carrier not in there:
                raise ValidationError(
                    _("%(provider)s does not carry %(channel)s.")
                    % {"provider": carriers.label(carrier), "channel": Channel(channel).label}
                )
        return cleaned


class BudgetForm(Plain):
    """How much a month may cost; empty: as much as it takes."""

    limit = _amount(
        gettext_lazy("A month may cost"),
        12,
        2,
        min_value=0,
        required=False,
        help_text=gettext_lazy("Empty: no budget."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    warning = forms.IntegerField(
        label=gettext_lazy("Warn at (%)"),
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("Managers and administrators are told then, and when it is spent."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr"}),
    )

    def __init__(self, hospital: Hospital, *args: Any, **kwargs: Any) -> None:
        policy = MessagingPolicy.of(hospital)
        initial = {
            "limit": policy.monthly_budget,
            "currency": policy.budget_currency or _usual(hospital)["currency"],
            "warning": policy.budget_warning,
        }
        super().__init__(*args, initial=initial, **kwargs)
        _offer(self, "currency", money.currencies())


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _as_it_is(price: Price) -> dict[str, object]:
    fields = ("channel", "provider", "country", "currency")
    return {name: getattr(price, name) for name in fields} | {
        "amount": f"{price.amount.normalize():f}"
    }


def _usual(hospital: Hospital) -> dict[str, object]:
    """What a new row begins with: here, by who carries SMS, in what is paid in anyway."""
    other = Price.objects.filter(hospital=hospital).order_by("-pk").first()
    paid = other or paid_lately(hospital, Channel.SMS)
    return {
        "provider": preferred_carrier(Channel.SMS),
        "country": phones.country(hospital.phone, hospital.timezone),
        "currency": paid.currency if paid else money.usual_currency(hospital),
    }

"""What messages cost: the hospital's prices, changed where they stand, and the month's budget."""

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging import carriers
from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.insights import actions, budgets, money, prices
from messaging.insights.forms.costs import BudgetForm, PriceForm
from messaging.models import Price
from wards.models import Hospital
from wards.roles import Permission, allows, members_only, requires
from wards.web.dialogs import answered, ask, managed
from wards.web.forms import Blank
from wards.web.pages import number, own_hospital, reader, toast, vary, wants_part


@require_safe
@requires(Permission.VIEW_MESSAGES)
def prices_page(request: HttpRequest) -> HttpResponse:
    """The table and the budget; `?edit=<id>` with a row as a form, `?add` with one more."""
    user, hospital = reader(request), own_hospital(request)
    if allows(user, Permission.MANAGE_COSTS):
        if "add" in request.GET:
            return _page(request, PriceForm(hospital))
        if pk := number(request.GET.get("edit")):
            price = get_object_or_404(Price, pk=pk)
            return _page(request, PriceForm(hospital, price=price), price)
    return _page(request)


@require_POST
@requires(Permission.MANAGE_COSTS)
def add(request: HttpRequest) -> HttpResponse:
    """Adds a row."""
    return _save(request, PriceForm(own_hospital(request), request.POST))


@require_POST
@members_only
def edit(request: HttpRequest, price_id: int) -> HttpResponse:
    """Changes a row."""
    price = _price(request, price_id)
    return _save(request, PriceForm(price.hospital, request.POST, price=price), price)


@require_http_methods(["GET", "POST"])
@members_only
def delete(request: HttpRequest, price_id: int) -> HttpResponse:
    """Asks, then takes a row out."""
    price = _price(request, price_id)
    form = Blank(request.POST if request.method == "POST" else None)
    if request.method == "POST" and managed(
        form, lambda: actions.delete_price(price=price, by=reader(request))
    ):
        return answered(request, _("The price is deleted."), resolve_url("messaging:prices"))
    return ask(request, "messaging/_price_delete.html", form=form, price=price)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_COSTS)
def budget(request: HttpRequest) -> HttpResponse:
    """Asks how much a month may cost."""
    hospital = own_hospital(request)
    form = BudgetForm(hospital, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if managed(
            form, lambda: actions.set_budget(hospital=hospital, by=reader(request), **given)
        ):
            return answered(request, _("The budget is saved."), resolve_url("messaging:prices"))
    return ask(request, "messaging/_budget_form.html", form=form)


def _save(request: HttpRequest, form: PriceForm, price: Price | None = None) -> HttpResponse:
    hospital, saved = own_hospital(request), []
    if not form.is_valid() or not managed(
        form,
        lambda: saved.append(
            actions.set_price(
                hospital=hospital, by=reader(request), price=price, **form.cleaned_data
            )
        ),
    ):
        return _page(request, form, price, status=422)
    said = _("The price is saved.")
    if wants_part(request):
        return toast(_page(request, saved=saved[0]), said)
    messages.success(request, said)
    return redirect("messaging:prices")


def _page(
    request: HttpRequest,
    form: PriceForm | None = None,
    edited: Price | None = None,
    *,
    saved: Price | None = None,
    status: int = 200,
) -> HttpResponse:
    """`form` stands in the place of `edited`, or above all rows; `saved` has the focus."""
    hospital = own_hospital(request)
    rows = sorted(Price.objects.filter(hospital=hospital), key=_place)
    listed = {row.channel for row in rows}
    context = {
        "rows": rows,
        "form": form,
        "edited": edited,
        "saved": saved,
        "paid": _paid(hospital, [c for c in PATIENT_CHANNELS if c not in listed]),
        "budget": budgets.of(hospital),
    }
    name = "messaging/_prices.html" if wants_part(request) else "messaging/prices.html"
    return vary(render(request, name, context, status=status))


def _paid(hospital: Hospital, channels: list[Channel]) -> list[tuple[Channel, prices.Price]]:
    """What was paid lately for the channels that the table has nothing about."""
    known = ((channel, prices.paid_lately(hospital, channel)) for channel in channels)
    return [(channel, price) for channel, price in known if price and price.amount > Decimal()]


def _place(price: Price) -> tuple[int, bool, str, bool, str]:
    """By channel and country, as they are called; what holds for any of them comes last."""
    channel = list(Channel).index(Channel(price.channel))
    where, who = money.country(price.country), carriers.label(price.provider)
    return channel, not price.country, where, not price.provider, who


def _price(request: HttpRequest, pk: int) -> Price:
    """The row of this hospital (else 404) if the reader may change it (else 403)."""
    found: Price = get_object_or_404(Price.objects.select_related("hospital"), pk=pk)
    if not allows(reader(request), Permission.MANAGE_COSTS):
        raise PermissionDenied
    return found

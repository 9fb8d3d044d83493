"""The pages of somebody who has forgotten their password, up to the link in their mailbox."""

from functools import partial
from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.account.views import PasswordResetFromKeyView
from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView

from messaging.contacts import password_reset
from messaging.contacts.tasks import send_password_reset
from wards.base import limits, wakeups
from wards.web.forms import Plain

MOST = (20, 10 * 60)  # links asked for from one address, within seconds
MOST_KEYS = (20, 60)  # passwords chosen from one address


class AskForm(Plain):
    """Who somebody says they are."""

    who = forms.CharField(
        label=gettext_lazy("User name or e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "dir": "ltr",
                "autofocus": True,
            }
        ),
    )


@method_decorator([login_not_required, never_cache], name="dispatch")
class Ask(FormView[AskForm]):
    """Asks for a link; says whom to ask where no e-mail leaves the house. Tells nobody's name."""

    template_name = "account/password_reset.html"
    form_class = AskForm
    success_url = reverse_lazy("account_reset_password_done")

    def form_valid(self, form: AskForm) -> HttpResponse:
        if not limits.allowed(f"reset:{limits.address(self.request)}", *MOST):
            return render(self.request, "429.html", status=429)
        if not password_reset.usable_carriers():
            return self.form_invalid(form)  # the page says so
        users = password_reset.whose(form.cleaned_data["who"])
        # Nobody asks again for what they were told is on its way.
        here = partial(password_reset.send_all_here, users)
        wakeups.nudge(send_password_reset, users, otherwise=here)
        return super().form_valid(form)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more, offered=bool(password_reset.usable_carriers()))


@method_decorator(login_not_required, name="dispatch")
class Asked(TemplateView):
    """The same for everybody, whether there is such a user or not."""

    template_name = "account/password_reset_done.html"


@method_decorator(login_not_required, name="dispatch")
class FromKey(PasswordResetFromKeyView):
    """Where the link leads: allauth's page to choose a password."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = f"reset-key:{limits.address(request)}"
        if request.method == "POST" and not limits.allowed(key, *MOST_KEYS):
            return render(request, "429.html", status=429)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

"""Whoever changes how somebody signs in shows first who they are: an open screen is not enough."""

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _


class ShowWhoYouAre(forms.Form):
    """Asks for the password of the one who acts, where one of `guarded` (else anything) changes.

    Wrong ones count in the lock-out, as those of the sign-in page do.
    """

    guarded: ClassVar[frozenset[str]] = frozenset()
    own_password = forms.CharField(
        label=_("Your own password"),
        help_text=_("To show that it is you who changes how somebody signs in."),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        changed = set(self.changed_data) - {"own_password"}
        if not self.guarded or changed & self.guarded:
            self._ask(cleaned.get("own_password") or "")
        return cleaned

    def _ask(self, password: str) -> None:
        assert context.request is not None
        try:
            if get_adapter().reauthenticate(context.request.user, password):
                return
        except forms.ValidationError as locked_out:
            self.add_error("own_password", locked_out)
        else:
            self.add_error("own_password", _("This is not your password."))


class ChangeUserForm(ShowWhoYouAre, UserChangeForm[Any]):
    """A user's own words are free to change; what lets them in, and as whom, is not."""

    guarded = frozenset(
        {"username", "email", "hospital", "role", "is_active", "is_staff", "is_superuser"}
    )


class NewUserForm(ShowWhoYouAre, AdminUserCreationForm[Any]):
    pass


class SetPasswordForm(ShowWhoYouAre, AdminPasswordChangeForm):  # type: ignore[type-arg]  # knows no []
    pass

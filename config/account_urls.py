"""The pages of one's own account, below /accounts/: what is not here of allauth's is not there.

Nobody signs up, and addresses are the administrators' to change.
"""

from allauth.account import views
from django.urls import path

from messaging.contacts.views import password_reset
from wards.accounts.adapter import ChangePassword

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", ChangePassword.as_view(), name="account_change_password"),
    path("password/reset/", password_reset.Ask.as_view(), name="account_reset_password"),
    path(
        "password/reset/done/", password_reset.Asked.as_view(), name="account_reset_password_done"
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/reset/key/<slug:uidb36>/<slug:key>/",
        password_reset.FromKey.as_view(),
        name="account_reset_password_from_key",
    ),
]

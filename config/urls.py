"""Where everything is: one line for each part; the parts know their own addresses."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from config import health
from wards.operations.views import history

# The admin's own sign-in would go round allauth's lock-out.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

urlpatterns = [
    path("", include("wards.urls")),
    path("", include("inbox.urls")),
    path("", include("messaging.urls")),
    path("hospital/bulk/", include("wards.operations.urls")),
    path("hospital/feeds/", include("wards.feed_urls")),
    re_path(r"^hospital_wards/bulk/(?:.*)", history.moved, name="old_bulk"),
    path("api/v1/", include("config.api")),
    path("api/", include("config.api", namespace="api-unversioned")),
    path("accounts/", include("config.account_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    # Before the admin's own page for it, which counts no wrong passwords.
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="account_change_password_of_admin",
    ),
    path("admin/", admin.site.urls),
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
    path(
        "favicon.ico",
        RedirectView.as_view(url=f"{settings.STATIC_URL}img/logo.svg"),
        name="favicon",
    ),
]

handler500 = "config.faults.server_error"

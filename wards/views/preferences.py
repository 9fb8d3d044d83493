"""Language and theme: kept with the user, and in a cookie for pages before signing in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.http import require_POST

from wards.forms import LanguageForm, ThemeForm
from wards.models import User
from wards.roles import Permission, allows, wards_of
from wards.web.pages import back, wants_part

THEME_COOKIE = "theme"
YEAR = 365 * 24 * 60 * 60  # seconds


def home(request: HttpRequest) -> HttpResponse:
    """Everybody to the page their work begins on."""
    user = request.user
    if not isinstance(user, User):
        return redirect(settings.LOGIN_URL)
    if user.hospital_id is None:
        return redirect("admin:index")  # an operator: no hospital, no pages of one
    if allows(user, Permission.VIEW_BOARDS):
        wards = [] if allows(user, Permission.VIEW_ALL_WARDS) else list(wards_of(user)[:2])
        # A nurse with one ward has no use for a list of it.
        return redirect("wards:board", wards[0].pk) if len(wards) == 1 else redirect("wards:wards")
    if allows(user, Permission.VIEW_QUEUE):
        return redirect("wards:arrivals")
    return redirect("inbox:history")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Changes the language of the pages, and of the alerts a signed-in user will get."""
    form = LanguageForm(request.POST)
    response = back(request, "home")
    if form.is_valid():
        remember_language(response, form.cleaned_data["language"])
        if isinstance(request.user, User):
            request.user.language = form.cleaned_data["language"]
            request.user.save(update_fields=["language"])
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Changes the theme; the page's own script has shown it already."""
    form = ThemeForm(request.POST)
    response = HttpResponse(status=204) if wants_part(request) else back(request, "home")
    if form.is_valid():
        response.set_cookie(
            THEME_COOKIE,
            form.cleaned_data["theme"],
            max_age=YEAR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
        if isinstance(request.user, User):
            request.user.theme = form.cleaned_data["theme"]
            request.user.save(update_fields=["theme"])
    return response


def remember_language(response: HttpResponse, code: str) -> None:
    """The cookie that LocaleMiddleware reads before it knows who is asking."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    translation.activate(code)

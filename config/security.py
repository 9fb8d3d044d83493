"""The headers of every response: what a page may load, and that nobody keeps it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PROBES = "/healthz/"
# The Content-Security-Policy: nothing inline, no eval, nothing from elsewhere.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # Bootstrap's stylesheet carries its small icons as data: URLs
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class ContentSecurityPolicyMiddleware:
    """Sends the policy with every response that does not bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(request))
        return response


class NoStoreMiddleware:
    """What somebody sees who is signed in is kept by no cache, unless the view says so itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROBES):  # also while no user can be looked up
            return self.get_response(request)
        has_session = request.user.is_authenticated
        response = self.get_response(request)
        if has_session or request.user.is_authenticated:  # the latter by a token of the API
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def policy(request: HttpRequest) -> str:
    """The header's value. Sockets are named: older Safari does not count them in 'self'."""
    socket = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    directives = POLICY | {"connect-src": f"'self' {socket}"}
    return "; ".join(f"{name} {value}" for name, value in directives.items())

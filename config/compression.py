"""Pages are sent compressed: a list of a ward is a tenth of its size on the way.

Only what is read on a page: HTML and JSON. Files are sent as they are (spreadsheets stream through
in pieces, and what is large is compressed already), and so is what streams.

A compressed page could be asked for again and again with guesses in its address, until its length
tells a secret in it (BREACH). So tokens are masked anew in each page (Django's CSRF), and the
length of each answer is changed by chance (Django's GZipMiddleware).
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

KINDS = ("text/html", "application/json")


class CompressionMiddleware(GZipMiddleware):
    """Django's, for pages alone."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").split(";")[0]
        is_file = response.has_header("Content-Disposition")
        if response.streaming or is_file or kind not in KINDS:
            return response
        return super().process_response(request, response)

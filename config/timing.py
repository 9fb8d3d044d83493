"""How requests are answered, and how fast: two figures without names of pages.

By page, method and template they would be thousands of series; the log tells a single request.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from config.logs import PROBES

ANSWERS = Counter("wardbell_http_responses", "Answers to requests, by class of status.", ["status"])
SECONDS = Histogram(
    "wardbell_http_request_duration_seconds",
    "From a request to its answer.",
    buckets=(0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
for _status in ("2xx", "3xx", "4xx", "5xx"):  # at nought from the beginning
    ANSWERS.labels(_status)


def timing_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Counts each answer, and takes its time; not those to probes."""

    def answer(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        if not request.path.startswith(PROBES):
            ANSWERS.labels(f"{response.status_code // 100}xx").inc()
            SECONDS.observe(time.monotonic() - began)
        return response

    return answer

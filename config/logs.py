"""What is logged, and what never is: addresses, keys, bodies, and values from the database.

A request is told of by its route: paths carry keys, and numbers of patients and phones.

Production writes one JSON object a line to stderr; DEBUG and DEMO write for people. Everything the
libraries log through `logging` takes the same way.
"""

import logging
import re
import sys
from typing import Any, cast

import structlog
from django.core.exceptions import RequestAborted
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, Processor, WrappedLogger

from wards.base.seldom import Repeated

# daphne puts the request line in its warnings; PostgreSQL puts rows into an error's DETAIL.
_QUERY_STRING = re.compile(r"\?[^\s'\">]+")
_ASKED = re.compile(r"\b(uri|path)=(b?'[^']*'|b?\"[^\"]*\"|[^\s>]+)")
_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"\+\d{7,15}\b")
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|QUERY):.*?(?=^\s*$|^The above|^Traceback|\Z)", re.M | re.S)

PROBES = ("/healthz/", "/metrics")
_TALKATIVE = ("celery.app.trace", "celery.beat", "celery.worker.strategy", "daphne")


class RequestLogMiddleware(RequestMiddleware):
    """django-structlog's request id and request log, by route alone; probes are not logged."""

    async_capable = False  # every change between sync and async in the chain costs a thread hop

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROBES):
            return cast(HttpResponse, self.get_response(request))
        return cast(HttpResponse, super().__call__(request))

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Of a request that failed only what is known: asking may take as long again."""
        lazy = type(getattr(request, "user", None)) is SimpleLazyObject
        if sys.exception() is None or not lazy or hasattr(request, "_cached_user"):
            RequestMiddleware.bind_user_id(request)

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """That of config/edge.py, not what a header says."""
        structlog.contextvars.bind_contextvars(ip=request.META.get("REMOTE_ADDR"))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {route(request)}"


def route(request: HttpRequest) -> str:
    """The pattern that a request's address fits: `/notifications/unsubscribe/<str:token>/`."""
    try:
        return f"/{(request.resolver_match or resolve(request.path_info)).route}"
    except Resolver404:
        return "(no such address)"


def tell_routes(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Django puts the path of a request into its warnings (of a CSRF token that is missing)."""
    request = getattr(event.get("_record"), "request", None)
    if isinstance(request, HttpRequest) and len(request.path) > 1:
        for path in (request.get_full_path(), request.path):
            for written in (path, path.encode("unicode_escape").decode("ascii")):
                event["event"] = str(event["event"]).replace(written, route(request))
    return event


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out of every text of a log entry what may carry patient data or tokens."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _clean(value)
    return event


def _clean(text: str) -> str:
    text = _DETAIL.sub(r"\1: (left out)\n", _ASKED.sub(r"\1=…", _QUERY_STRING.sub("?…", text)))
    return _PHONE.sub("+…", _E_MAIL.sub("…@…", text))


def is_news(record: logging.LogRecord) -> bool:
    """False for a reader who went away: Django tells itself so by an exception.

    Where the process ends in that moment nobody fetches it, and asyncio takes it for a fault.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], RequestAborted))


_common: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
]


def configure(level: str, *, readable: bool) -> dict[str, Any]:
    """Configure structlog; return the value of settings.LOGGING."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": _formatter(readable)},
        "filters": {"news": {"()": lambda: is_news}, "repeated": {"()": Repeated}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["news"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # django-structlog tells of each request and task, once.
            **{name: {"level": "CRITICAL"} for name in ("django.request", "django.server")},
            **{name: {"level": "WARNING"} for name in _TALKATIVE},
            # Of each try to connect, from each process, while the database is away.
            "psycopg.pool": {"filters": ["repeated"]},
            # And from the worker, with frames, several a second where Redis is there and refuses.
            "celery.worker.consumer.consumer": {"filters": ["repeated"]},
        },
    }


def _formatter(readable: bool) -> dict[str, Any]:
    renderer: Processor = structlog.processors.JSONRenderer(default=str)
    if readable:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _common,
        "processors": [
            tell_routes,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # frames without their variables
            scrub,
            renderer,
        ],
    }

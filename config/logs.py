"""What is logged, and what never is: query strings, bodies, and values from the database.

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
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, Processor, WrappedLogger

# daphne puts the request line in its warnings; PostgreSQL puts rows into an error's DETAIL.
_QUERY_STRING = re.compile(r"\?[^\s'\">]+")
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|QUERY):.*?(?=^\s*$|^The above|^Traceback|\Z)", re.M | re.S)

_PROBES = ("/healthz/", "/metrics")
_TALKATIVE = ("celery.app.trace", "celery.beat", "celery.worker.strategy", "daphne")


class RequestLogMiddleware(RequestMiddleware):
    """django-structlog's request id and request log, by path alone; probes are not logged."""

    async_capable = False  # every change between sync and async in the chain costs a thread hop

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_PROBES):
            return cast(HttpResponse, self.get_response(request))
        return cast(HttpResponse, super().__call__(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out of every text of a log entry what may carry patient data or tokens."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _DETAIL.sub(r"\1: (left out)\n", _QUERY_STRING.sub("?…", value))
    return event


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
        "filters": {"news": {"()": lambda: is_news}},
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
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # frames without their variables
            scrub,
            renderer,
        ],
    }

"""Django settings: one file; every value that differs between installations is in the environment.

There is one way to run: PostgreSQL and Redis, always. `manage.py` may start private ones and set
the variables below (see config/local/); production processes refuse to start without them.
"""

import logging
import os
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from config import environment, logs
from config.postgresql.connection import Connection
from config.signing_in import *  # noqa: F403
from wards.base import keys

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
environment.prepare()
env = Env()

_REQUIRED = {
    "DATABASE_URL": "postgres://user:password@host:5432/wardbell",
    "REDIS_URL": "redis://host:6379/0",
    "SECRET_KEY": "a long random string, as `openssl rand -base64 48` gives",
}
_missing = [name for name in _REQUIRED if not env.str(name, "")]
if _missing:
    raise ImproperlyConfigured(
        "Wardbell does not start without: "
        + "; ".join(f"{name}, for example {_REQUIRED[name]}" for name in _missing)
        + ". To try it with nothing installed: make run."
    )

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
HTTPS = env.bool("HTTPS", not DEBUG)
PREFIX = env.str("PREFIX", "wardbell")
REDIS_URL = env.str("REDIS_URL")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# How many proxies of ours a request comes through, each of which adds to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
# Who may read /metrics besides this machine: whoever has the token, or everybody.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_OPEN = env.bool("METRICS_OPEN", False)
# Parts besides PostgreSQL and Redis that /healthz/ready waits for: worker, sender, beat, hl7.
READY_EXPECTS: list[str] = env.list("READY_EXPECTS", [])

INSTALLED_APPS = [
    "daphne",
    "config",
    "inbox",
    "messaging",
    "wards",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "channels",
    "django_htmx",
    "django_filters",
    "django_structlog",
    "rest_framework",
]

MIDDLEWARE = [
    "config.timing.timing_middleware",
    "config.compression.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "inbox.middleware.ReaderMiddleware",
    "wards.tenancy.TenantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.security.ContentSecurityPolicyMiddleware",
    "config.security.NoStoreMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.logs.RequestLogMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "inbox.page_frame.page_frame",
            ],
            "builtins": ["wards.templatetags.icons"],
        },
    }
]

# psycopg's pool hands each thread a connection and takes it back when the request ends; persistent
# connections (CONN_MAX_AGE) would pile up one per thread under ASGI.
DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=0)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "config.postgresql"
# Apart from the address, where it would have to be percent-encoded.
if _password := env.str("DATABASE_PASSWORD", ""):
    DATABASES["default"]["PASSWORD"] = _password
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    # Seconds that PostgreSQL may take to answer. The Procfile has it for those whom somebody waits
    # for; a migration or a bulk job waits as long as it takes.
    "patience": env.float("DB_PATIENCE", None),
    "pool": {
        "connection_class": Connection,
        "min_size": 1,
        "max_size": env.int("DB_POOL_MAX", 20),
        "timeout": 10,
        # Seconds. The pool tries again after 1, 2, 4, 8, … s; when it gives up, the next request
        # tries at once: an outage's end is seen in 4 s, however long the outage.
        "reconnect_timeout": 5,
    },
}
if env.bool("DB_PREPARED", False):
    # For processes that send the same statements again and again (the HL7 listener): the server
    # plans them once a connection. Not through a pooler that shares connections by transaction.
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 2}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Nobody uses it: what must be remembered is in PostgreSQL, and no request waits for Redis.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(hours=12),
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends the tokens
    "SIGNING_KEY": keys.derive(SECRET_KEY, "tokens"),
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Not in a cookie: what is said after an action names patients.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# collectstatic gives compressed files under names that may be cached for ever; without it they are
# served as they are.
try:
    COLLECTED = not (DEBUG or DEMO) and (STATIC_ROOT / "staticfiles.json").exists()
except PermissionError:
    raise ImproperlyConfigured(
        f"This user may not read STATIC_ROOT, {STATIC_ROOT}: let everybody, as collectstatic does "
        f"(chmod -R a+rX {STATIC_ROOT}, and a+x for the directories above)."
    ) from None
STORAGES = {
    "default": {"BACKEND": "wards.base.storage.WholeFileStorage"},
    "staticfiles": {
        "BACKEND": "config.bundles.BundledStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG or DEMO

# What people upload and download: below no URL, only behind views that check who asks. Several
# machines share this directory.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o640, 0o750
# Everybody who is admitted may be ticked for discharge on one page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
# Of a request, except for uploads; refused before it is read (config/bodies.py).
BODY_MAX_BYTES = env.int("BODY_MAX_BYTES", 1024 * 1024)
BULK_MAX_BYTES = env.int("BULK_MAX_BYTES", 50 * 1024 * 1024)
BULK_MAX_ROWS = env.int("BULK_MAX_ROWS", 1_000_000)
# How long a worker may be silent between two chunks before another one goes on, in seconds.
BULK_LEASE = env.float("BULK_LEASE", 15)

# Who carries words out of the house (messaging/carriers), in the order of preference.
# The sandbox carrier reaches nobody: outside a demo only whoever names it gets it.
MESSAGING_PROVIDERS: list[str] = env.list(
    "MESSAGING_PROVIDERS", ["sandbox"] if DEMO or DEBUG else []
)
# What an account needs is read where it is used: messaging.carriers.base.setting.
# Where providers and patients' browsers reach us, without a slash at the end.
PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000").rstrip("/")
# Messages a second that an account may send, where it is not what the provider's class says.
MESSAGING_RATES: dict[str, float] = env.dict("MESSAGING_RATES", {}, subcast_values=float)
EMAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "")
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", EMAIL_PORT == 587)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", EMAIL_PORT == 465)
EMAIL_TIMEOUT = 10  # seconds
ANYMAIL_ESP = env.str("ANYMAIL_ESP", "")
# What Anymail's documentation names for each service: ANYMAIL_SENDGRID_API_KEY and so on.
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): value
    for name, value in os.environ.items()
    if name.startswith("ANYMAIL_") and name != "ANYMAIL_ESP"
}
SANDBOX_URL = env.str("SANDBOX_URL", "http://127.0.0.1:8090")
SANDBOX_SPARE_URL = env.str("SANDBOX_SPARE_URL", "")
SANDBOX_SECRET = env.str("SANDBOX_SECRET", "") or keys.derive(SECRET_KEY, "sandbox")
# Calls to one provider at once at most, for each channel and sender.
MESSAGING_CALLS = env.int("MESSAGING_CALLS", 64)
# Seconds until a sender that is not heard of has lost what it was sending: three times as long as
# a provider may take to answer, at least. And how long to wait then for what the provider says.
MESSAGING_LEASE = env.float("MESSAGING_LEASE", 60)
MESSAGING_RECEIPT_WAIT = env.float("MESSAGING_RECEIPT_WAIT", 60)
# Seconds before the second, third and fourth try on a channel.
MESSAGING_RETRIES: list[float] = env.list("MESSAGING_RETRIES", [60, 120, 240], subcast=float)

PASSWORD_HASHERS = ["wards.accounts.password_hashing.Hasher"]
SESSION_ENGINE = "wards.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# Whether HSTS binds sub-domains and browsers' lists is for the owner of the domain: in the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# For other code: `group_send("user.4", …)` (docs/realtime.md). Hubs join by a connection of their
# own (inbox/publications/subscription.py), and what we publish nobody waits for (wakeups.py);
# names, format and key (inbox/publications/sealing.py) are these.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 5, "socket_connect_timeout": 2}],
            "prefix": PREFIX,
            "symmetric_encryption_keys": [keys.derive(SECRET_KEY, "channels")],
        },
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"{PREFIX}:",
    "visibility_timeout": 300,
    "socket_timeout": 30,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever, and also where Redis is there and refuses: a replica, a disk without room, ACLs.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_TASK_DEFAULT_QUEUE = "wardbell"

LOGGING = logs.configure(env.str("LOG_LEVEL", "INFO"), readable=DEBUG or DEMO)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_SUCCESS_LOG_LEVEL = logging.DEBUG

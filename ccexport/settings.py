"""Settings of the exporter. Every one can be set by an environment variable or in .env (see .env.example)."""

import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from jobs.limits import LIMITS, WAITS, shortest_retry
from logs.lines import FORMATS as LOG_FORMATS

from .admin_site.theme import UNFOLD as UNFOLD
from .environment import Number, require_choice, require_http_url, require_memory, require_positive, secret, storage
from .sso.options import options as single_sign_on

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")


def _address(name: str, default: str) -> str:
    return require_http_url(name, env.str(name, default=default))


def _positive(name: str, default: Number) -> Number:
    """As whole or as broken a number as its default."""
    return require_positive(name, env.parse_value(env.str(name, default=str(default)), type(default)))


DEBUG = env.bool("DEBUG", default=True)
VAR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds secrets, and the profiles themselves

# --- Secrets -----------------------------------------------------------------------------------
SECRET_KEY = secret(
    "SECRET_KEY", env.str("SECRET_KEY", ""), debug=DEBUG, var=VAR, make=lambda: secrets.token_urlsafe(50)
)
# The first key encrypts, every key decrypts: put a new one in front, run `manage.py rotate_keys`, drop the old one.
FIELD_ENCRYPTION_KEYS = [
    key.strip()
    for key in secret(
        "FIELD_ENCRYPTION_KEYS",
        env.str("FIELD_ENCRYPTION_KEYS", ""),
        debug=DEBUG,
        var=VAR,
        make=lambda: Fernet.generate_key().decode(),
    ).split(",")
    if key.strip()
]
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# --- Web ---------------------------------------------------------------------------------------
PORT = env.int("PORT", default=8000)
BASE_URL = _address("BASE_URL", f"http://localhost:{PORT}")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", ".localhost"] if DEBUG else [])
if not DEBUG and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set. With DEBUG=False name the hosts, separated by commas.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
HTTPS = BASE_URL.startswith("https://")
ROOT_URLCONF = "ccexport.urls"
WSGI_APPLICATION = "ccexport.wsgi.application"
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = reverse_lazy("admin:login")

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS and not DEBUG)
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked from inside, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS and not DEBUG else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS and not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=12 * 60 * 60)
SESSION_COOKIE_HTTPONLY = True
# Lax, not Strict: the answer of Constant Contact's consent page is a link from another site and must find its session.
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # Alpine, which the theme is built on, evaluates the expressions in its attributes.
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "ccexport.apps.ExporterAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "auditlog",
    "web",
    "jobs",
    "encryption",
    "connections",
    "profiles",
    "segments",
    "exports",
    *(["sandbox"] if DEBUG else []),
    "ccexport.apps.CcexportConfig",  # after ours: what it does after `migrate` needs what the others did
    "django_q",  # after it: `qcluster` is a command of ours
]
MIDDLEWARE = [
    "ccexport.request_log.RequestLogMiddleware",  # outermost: whatever answers, the line has its status
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ccexport.status.outage.AwayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "auditlog.middleware.AuditlogMiddleware",  # knows who made each change
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
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
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Database, queue, files ----------------------------------------------------------------------
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", "") or f"sqlite:///{VAR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction takes the write lock at its start, so that web and workers wait for
    # each other instead of failing with "database is locked" half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": WAITS.lock,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    # A host that swallows packets must not hold a page for minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", WAITS.connect)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
STORAGES = {
    "default": storage(env.str("STORAGE_URL", default=""), var=VAR),
    # In production each file is named after what it holds, so that browsers keep it for good; needs `collectstatic`.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Of files in remote storage each host keeps copies, so that a plan is not fetched for each page that shows it.
LOCAL_COPIES_MAX_BYTES = _positive("LOCAL_COPIES_MAX_BYTES", 10 * 1024**3)
FILE_UPLOAD_TEMP_DIR = VAR / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
# The queue is a doorbell on the same database, so that a row and its message commit together.
# ack_failures: we retry from our own rows, the queue never on its own. `retry` only brings back what a killed cluster
# had fetched; it is worked out from jobs/limits.py, so that nothing is given to two workers who live.
WORKERS = env.int("WORKERS", default=2)
Q_CLUSTER = {
    "name": "exporter",
    "orm": "default",
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "bulk": 1,
    "poll": 0.1,
    "timeout": LIMITS.tick.message,  # of messages without a limit of their own
    "retry": shortest_retry(WORKERS, WORKERS) + 60,
    "max_attempts": 1,
    "ack_failures": True,
    "guard_cycle": 0.5,
    "catch_up": False,
    "recycle": 50,
    "max_rss": 700_000,
    "save_limit": 500,
    "time_zone": "UTC",
}

# What this host's workers are called where people look at them. Containers are given another name with each start.
WORKER_HOST = env.str("WORKER_HOST", default="") or socket.gethostname()
# How long a host may be silent, while others work, before people are told.
WORKER_SILENT_SECONDS = _positive("WORKER_SILENT_SECONDS", 100.0)

# --- People ----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AXES_FAILURE_LIMIT = env.int("AXES_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password"]
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "ccexport/locked_out.html"

# --- Single sign-on (OpenID Connect) -----------------------------------------------------------------
# None unless it is set up: then there is no button and no address of it.
OIDC = single_sign_on(lambda name: env.str(name, default=""))
SOCIALACCOUNT_ADAPTER = "ccexport.sso.adapter.Adapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = WAITS.sign_in

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale_of_libraries"]
FORMAT_MODULE_PATH = ["ccexport.formats"]
USE_I18N = USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# --- Audit -----------------------------------------------------------------------------------------
AUDITLOG_USE_FK_STRING_REPRESENTATION = True  # the name of a connection, not its number
# Who did what is kept so many days; 0 keeps it for good.
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", default=730)

# --- Alerts and metrics ------------------------------------------------------------------------------
# On a developer's machine mail is written into the log; elsewhere it needs an address of its own.
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://")
globals().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = WAITS.mail
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"exporter@{urlsplit(BASE_URL).hostname}")
# Addresses of chats and webhooks, as apprise writes them, separated by spaces: commas may be part of one.
ALERT_URLS = env.str("ALERT_URLS", default="").split()
# More refused profiles than this share of a run is worth a message.
ALERT_REFUSED_PERCENT = env.float("ALERT_REFUSED_PERCENT", default=5)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Constant Contact -------------------------------------------------------------------------------
CONSTANT_CONTACT_API_URL = _address("CONSTANT_CONTACT_API_URL", "https://api.cc.email/v3")
CONSTANT_CONTACT_AUTH_URL = _address("CONSTANT_CONTACT_AUTH_URL", "https://authz.constantcontact.com/oauth2/default/v1")
CONSTANT_CONTACT_CLIENT_ID = env.str("CONSTANT_CONTACT_CLIENT_ID", default="")
CONSTANT_CONTACT_CLIENT_SECRET = env.str("CONSTANT_CONTACT_CLIENT_SECRET", default="")
CONSTANT_CONTACT_REQUESTS_PER_SECOND = _positive("CONSTANT_CONTACT_REQUESTS_PER_SECOND", 4.0)
CONSTANT_CONTACT_REQUESTS_PER_DAY = _positive("CONSTANT_CONTACT_REQUESTS_PER_DAY", 10_000)

# --- Exports -----------------------------------------------------------------------------------------
MAX_PROFILES_PER_EXPORT = _positive("MAX_PROFILES_PER_EXPORT", 1_000_000)
# How long a worker may be silent before another takes over its run; it renews four times as often.
RUN_LEASE_SECONDS = _positive("RUN_LEASE_SECONDS", float(LIMITS.run.lease or 0))
PLAN_RETENTION_DAYS = env.int("PLAN_RETENTION_DAYS", default=30)
PLAN_MEMORY_LIMIT = require_memory("PLAN_MEMORY_LIMIT", env.str("PLAN_MEMORY_LIMIT", default="256MB"))
# Who opted out of an account is read at most once in so many seconds, however many exports run.
OPT_OUTS_MAX_AGE = _positive("OPT_OUTS_MAX_AGE", 900)
# Read the list back also after a run of which everybody was accepted.
READ_LIST_AFTER_RUNS = env.bool("READ_LIST_AFTER_RUNS", default=False)
SOURCE_MAX_BYTES = env.int("SOURCE_MAX_BYTES", default=5 * 1024**3)

# --- Log: a line for each event, on standard error ---------------------------------------------------
LOG_FORMAT = require_choice("LOG_FORMAT", env.str("LOG_FORMAT", default="text"), LOG_FORMATS)
LOG_LEVEL = require_choice("LOG_LEVEL", env.str("LOG_LEVEL", default="INFO").upper(), LOG_LEVELS)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "logs.lines.LineFormatter", "style": LOG_FORMAT}},
    "handlers": {"console": {"class": "logs.lines.LineHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": []},  # those it starts with write arguments as they are
        "django.server": {"handlers": [], "level": "CRITICAL"},  # a second line for each request, with its query
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        "axes": {"level": "WARNING"},
        "apprise": {"level": "CRITICAL"},  # its lines may hold the address of a chat; we write our own
        "django-q": {"level": "WARNING"},  # a line for every message of the queue otherwise
    },
}

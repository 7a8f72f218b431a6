"""The outside: whatever speaks HTTP, wakes on a clock, or prints."""

from apiflask import APIFlask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from base import outbox

from . import (
    api,
    console,
    errors,
    fiscal,
    h5,
    headers,
    health,
    jobs,
    lending,
    logs,
    notices,
    uploads,
    wechat,
)
from .door import Door
from .rope import Rope
from .runtime import Runtime

FORM_BYTES = 32 * 1024 * 1024
FORM_PARTS = 400
SESSION_SECONDS = 12 * 3600


def create_app(runtime: Runtime) -> APIFlask:
    """Wire the pieces, in reading order."""
    app = APIFlask(__name__, spec_path=None, docs_path=None)
    app.request_class = uploads.Request
    app.extensions["runtime"] = runtime
    _configure(app, runtime)
    logs.register(app)
    headers.register(app)
    health.register(app)
    errors.register(app)
    csrf = CSRFProtect(app)
    for part in (wechat, notices, api, h5, console):
        part.register(app)
    app.register_blueprint(lending.blueprint)
    app.register_blueprint(fiscal.blueprint)
    told = (wechat.blueprint, notices.blueprint, fiscal.blueprint)
    outside = (*told, h5.returning.blueprint, *api.BLUEPRINTS)
    for machine in outside:
        csrf.exempt(machine)
    rope = Rope(lambda: jobs.ring(runtime.redis))
    _keep_promises(app, rope)
    entries = {**wechat.ENTRIES, **notices.ENTRIES}
    app.wsgi_app = Door(runtime, app.wsgi_app, entries, rope)  # type: ignore[method-assign, assignment]
    proxies = runtime.settings.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, proxies)  # type: ignore[method-assign]
    return app


def _configure(app: APIFlask, runtime: Runtime) -> None:
    """What Flask wants to know; the sizes are the outermost limits, entries set their own."""
    app.config.update(
        SECRET_KEY=runtime.settings.secret_key,
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_PARTS=FORM_PARTS,
        SESSION_COOKIE_SECURE=runtime.settings.public_url.startswith("https:"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        WTF_CSRF_TIME_LIMIT=SESSION_SECONDS,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]


def _keep_promises(app: APIFlask, rope: Rope) -> None:
    """Ring for a worker once a request has made promises."""

    @app.before_request
    def fresh() -> None:
        outbox.made.set(False)

    @app.teardown_request
    def ring(_: BaseException | None) -> None:
        if outbox.made.get():
            outbox.made.set(False)
            rope.pull()

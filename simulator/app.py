"""The simulator's Flask app: every platform on one port, each exchange logged, faults applied."""

import time
from collections.abc import Iterable
from socket import SHUT_RDWR
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider

from . import control, identity, sms
from .faults import TRANSPORT, Fault
from .phone import page
from .wallets import (
    alipay,
    cashier,
    nontax,
    statements_control,
    unionpay,
    wechat_certificates,
    wechat_pay,
)
from .wallets import control as wallets_control
from .wechat import (
    accounting,
    api,
    content,
    credentials,
    custom,
    levers,
    links,
    login,
    media,
    menu,
    messages,
    oauth,
    pacing,
    qrcodes,
    quotas,
    switches,
    templates,
    users,
)
from .wechat import control as wechat_control
from .world import World, here

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Every blueprint of the simulator; whoever adds a platform adds its line here.
BLUEPRINTS: tuple[Blueprint, ...] = (
    control.blueprint,
    wechat_control.blueprint,
    levers.blueprint,
    accounting.blueprint,
    content.blueprint,
    credentials.blueprint,
    custom.blueprint,
    links.blueprint,
    login.blueprint,
    media.blueprint,
    menu.blueprint,
    messages.blueprint,
    oauth.blueprint,
    qrcodes.blueprint,
    templates.blueprint,
    users.blueprint,
    wechat_pay.blueprint,
    alipay.blueprint,
    cashier.blueprint,
    unionpay.blueprint,
    wallets_control.blueprint,
    statements_control.blueprint,
    wechat_certificates.blueprint,
    nontax.blueprint,
    nontax.control,
    identity.blueprint,
    identity.control,
    sms.control,
    page.blueprint,
)

UNLOGGED = ("/control/", "/phone", "/mmbiz_pic/", "/static/")
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def create_app(world: World) -> Flask:
    """Wire the platforms of one world together."""
    app = Flask(__name__)
    app.extensions["world"] = world
    app.json = PlainJson(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(api.WeChatError, api.explain)
    app.register_error_handler(quotas.Exhausted, api.exhausted)
    for status in (404, 405):
        app.register_error_handler(status, api.astray)
    app.before_request(begin)
    app.after_request(finish)
    return app


def application(world: World) -> "WSGIApplication":
    """Return what the platforms' port serves: the app, whose answers may get lost on the way."""
    return Droppable(create_app(world))


def begin() -> Response | None:
    """Start the stopwatch and apply a fault that strikes before anything is done."""
    g.started = time.monotonic()
    g.fault = None
    if not logged():
        return None
    if request.path.startswith(api.SERVER_PATHS):
        pacing.tally(here(), request.path)
    g.fault = here().faults.take(request.path, *TRANSPORT)
    return strike(g.fault) if g.fault else None


def strike(fault: Fault) -> Response | None:
    """Apply a transport fault; None lets the request go on."""
    if fault.kind == "latency":
        time.sleep(float(fault.values.get("seconds", 6)))
        return None
    if fault.kind == "reset":
        request.environ["simulator.drop"] = True
        return Response(status=500)
    if fault.kind == "errcode":
        return refusal(fault)
    if fault.kind == "status":
        kind = fault.values.get("content_type", "text/html")
        told = fault.values.get("body", BAD_GATEWAY)
        return Response(told, fault.values.get("status", 502), content_type=kind)
    return None


def refusal(fault: Fault) -> Response:
    """WeChat's refusal with the code that a fault tells."""
    return api.refusal(int(fault.values["errcode"]), fault.values.get("errmsg", ""))


def finish(response: Response) -> Response:
    """Log the exchange, and change or drop the answer if a fault says so."""
    if not logged():
        return response
    if request.path.startswith("/sns/") and response.is_json:
        response.content_type = switches.of(here(), "sns_content_type")
    fault: Fault | None = g.fault
    if fault is not None and fault.kind == "errcode_after":
        response = refusal(fault)
    if fault is not None and fault.kind == "reset_after":
        request.environ["simulator.drop"] = True
    dropped = "simulator.drop" in request.environ
    world = here()
    world.wire.record(
        world.clock.seconds(),
        "in",
        method=request.method,
        path=request.full_path.rstrip("?"),
        status=None if dropped else response.status_code,
        ms=(time.monotonic() - g.started) * 1000,
        request=request.get_data(),
        answer="" if response.is_streamed or dropped else response.get_data(),
        note=f"fault: {fault.kind}" if fault else "",
    )
    return response


def logged() -> bool:
    """Whether the current request crosses the wire between a platform and the service."""
    return not request.path.startswith(UNLOGGED)


class PlainJson(DefaultJSONProvider):
    """Writes keys in the order given and Chinese as Chinese, as the platforms do."""

    sort_keys = False
    ensure_ascii = False


class Droppable:
    """Closes the connection without an answer when the app asked for that."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Pass the answer on, or close the socket and send nothing."""
        answer = self._inner(environ, start)
        if "simulator.drop" not in environ:
            return answer
        if hasattr(answer, "close"):
            answer.close()
        if "werkzeug.socket" in environ:
            environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        raise ConnectionResetError("dropped by an ordered fault")

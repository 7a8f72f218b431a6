"""The phone's two browsers, as one reverse proxy: WeChat's web view, and the one outside it.

On 127.0.0.1 the port is WeChat's web view: its user agent, the bridge script in every page, no
way to Alipay. On the name localhost the same port is the phone's ordinary browser. Cookies stay
here, one jar per person and browser, so that choosing another person changes the session.

    /_phone/as/<person>?to=<path or address>   enter as this person, go there
    /_phone/bridge.js                          WeixinJSBridge and wx
    /_phone/pay                                POST {params}: pay from the bridge's own sheet
    /_phone/subscribe                          POST {template_ids, accept}: answer a page's popup
    /_phone/jssdk                              whether wx.config is signed for a page
"""

import http.client
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ..wechat import consent, credentials
from ..world import World
from . import rewrite, upstream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HERE = Path(__file__).parent
PERSON_COOKIE = "phone_person"
#: Tells the simulator's own pages (sign-in of WeChat, cashier of Alipay) whose phone this is.
PERSON_HEADER = "X-Phone-Person"
OUTSIDE_HOST = "localhost"
LONGEST_BODY_BYTES = 30 * 1024 * 1024 + 64 * 1024
_PHONE = "Mozilla/5.0 (Linux; Android 14; V2309A Build/UP1A.231005.007{}) AppleWebKit/537.36"
WECHAT_AGENT = (
    _PHONE.format("; wv") + " (KHTML, like Gecko) Version/4.0 Chrome/134.0.6998.136 Mobile"
    " Safari/537.36 XWEB/1340129 MMWEBSDK/20250201 MMWEBID/4106 MicroMessenger/8.0.57.2800"
    "(0x28003933) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64"
)
OUTSIDE_AGENT = (
    _PHONE.format("") + " (KHTML, like Gecko) Chrome/134.0.6998.136 Mobile Safari/537.36"
)
_KEPT_BACK = {
    "connection", "keep-alive", "transfer-encoding", "set-cookie", "x-frame-options",
    "strict-transport-security", "server", "date",
}  # fmt: skip
_NOT_IN_WECHAT = ("/gateway.do", "/alipay/")
SCRIPTS_AND_STYLES = {
    "/_phone/bridge.js": ("bridge.js", "text/javascript"),
    "/_phone/notice.js": ("notice.js", "text/javascript"),
    "/_phone/notice.css": ("notice.css", "text/css"),
}
_pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)


def application(world: World) -> "WSGIApplication":
    """Return the WSGI application of the browser port; it shows `world.config["public_url"]`.

    `world.config["simulator_url"]` must hold the simulator's own address once requests arrive.
    """
    return Browser(world)


@dataclass(frozen=True)
class Tab:
    """One request as the browser sees it: in which browser, whose, and under which addresses."""

    inside: bool
    person: str
    origins: rewrite.Origins
    jar: CookieJar


class Browser:
    """Keeps every person's cookies and shows each the app's pages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jars: dict[tuple[str, bool], CookieJar] = {}
        self._last = ""

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer one request of the phone."""
        return self._answer(environ)(environ, start)

    def _answer(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        request = Request(environ)
        if request.path in SCRIPTS_AND_STYLES:
            name, kind = SCRIPTS_AND_STYLES[request.path]
            return Response((HERE / "static" / name).read_bytes(), mimetype=kind)
        if request.path.startswith("/_phone/as/"):
            return self._enter(request)
        person = self._person(request)
        if person is None:
            return notice("nobody", 409)
        tab = self._tab(request, person)
        own = {
            "/_phone/jssdk": self._sign,
            "/_phone/pay": self._pay,
            "/_phone/subscribe": self._subscribe,
        }
        if request.path in own:
            return own[request.path](request, tab)
        if (request.content_length or 0) > LONGEST_BODY_BYTES:
            return notice("large", 413)
        return self._page(environ, request, tab)

    def _origins(self, request: Request) -> rewrite.Origins:
        told = self._world.config
        return rewrite.Origins(origin(told["public_url"]), origin(told["simulator_url"]),
                               f"http://{request.host}")  # fmt: skip

    def _tab(self, request: Request, person: str) -> Tab:
        inside = is_wechat(request)
        with self._world.lock:
            jar = self._jars.setdefault((person, inside), CookieJar())
        return Tab(inside, person, self._origins(request), jar)

    def _person(self, request: Request) -> str | None:
        chosen = request.cookies.get(PERSON_COOKIE, self._last)
        with self._world.lock:
            return chosen if chosen in self._world.people else None

    def _enter(self, request: Request) -> Response:
        person = request.path.removeprefix("/_phone/as/")
        with self._world.lock:
            if person not in self._world.people:
                return notice("nobody", 404)
        self._last = person
        to = request.args.get("to", "/")
        origins = self._origins(request)
        path = rewrite.local(rewrite.location(to, origins.app, origins), origins)
        if path is None:
            return notice("elsewhere", 400, url=to)
        entered = redirect(path)
        entered.set_cookie(PERSON_COOKIE, person, httponly=True, samesite="Lax")
        return entered

    def _page(self, environ: "WSGIEnvironment", request: Request, tab: Tab) -> "WSGIApplication":
        if tab.inside and request.path.startswith(_NOT_IN_WECHAT):
            link = tab.origins.simulator + request.full_path.rstrip("?")
            return notice("alipay", url=link, phone=tab.origins.simulator)
        if not tab.inside and request.path.startswith("/connect/"):
            return notice("wechat_only")
        visit = self._visit(request, tab)
        try:
            exchange = upstream.ask(environ, visit)
        except upstream.Unanswered as trouble:
            return notice("unanswered", 502, url=visit.url, why=str(trouble))
        return shown(exchange, visit, tab)

    def _visit(self, request: Request, tab: Tab) -> upstream.Visit:
        simulated = rewrite.own_path(request.path)
        real = tab.origins.simulator if simulated else tab.origins.app
        target = request.environ.get("RAW_URI") or request.environ["REQUEST_URI"]
        headers = {"User-Agent": WECHAT_AGENT if tab.inside else OUTSIDE_AGENT}
        if simulated:
            headers[PERSON_HEADER] = tab.person
        for name in ("Referer", "Origin"):
            if name in request.headers:
                headers[name] = request.headers[name].replace(tab.origins.shown, real, 1)
        return upstream.Visit(real + target, headers, tab.jar)

    def _sign(self, request: Request, tab: Tab) -> Response:
        """Say whether wx.config is signed for the page of path `page`, at its own address."""
        told = request.args.to_dict()
        good = credentials.signs(self._world, tab.origins.app + told.pop("page", ""), told)
        return Response(status=204 if good else 403)

    def _pay(self, request: Request, tab: Tab) -> Response:
        """Pay what the bridge asks for."""
        if not from_page(request, tab):
            return Response(status=403)
        return act(tab, "pay", {"wallet": "wechat"} | request.get_json())

    def _subscribe(self, request: Request, tab: Tab) -> Response:
        """Answer a popup as the person chose; 400 with errCode and errMsg when there is none."""
        if not from_page(request, tab):
            return Response(status=403)
        told = request.get_json()
        code = consent.refused(self._world, told["template_ids"])
        if code is not None:
            wrong = {"errCode": code, "errMsg": consent.REFUSALS[code]}
            return Response(json.dumps(wrong), 400, mimetype="application/json")
        return act(tab, "subscribe", told)


def from_page(request: Request, tab: Tab) -> bool:
    """Whether a page that this browser shows has posted the request."""
    return request.method == "POST" and request.headers.get("Origin") == tab.origins.shown


def act(tab: Tab, name: str, told: dict[str, Any]) -> Response:
    """Do what the tab's person does, by the simulator's control API."""
    path = f"/control/v1/people/{tab.person}/{name}"
    status, answer = post(tab.origins.simulator, path, json.dumps(told))
    return Response(answer, status, mimetype="application/json")


def shown(exchange: upstream.Exchange, visit: upstream.Visit, tab: Tab) -> Response:
    """Return an answer as the phone gets it; of pages links and frame rules are rewritten."""
    answer = exchange.answer
    headers = list(shown_headers(answer, visit, tab))
    if answer.headers.get_content_type() != "text/html" or answer.status == 304:
        passed = Response(exchange.chunks(), answer.status, headers)
        passed.automatically_set_content_length = False
        passed.call_on_close(exchange.close)
        return passed
    html = rewrite.links(answer.read(), tab.origins)
    exchange.close()
    if tab.inside:
        html = rewrite.with_script(html, bridge(tab.origins.simulator))
    page = Response(html, answer.status, headers)
    page.headers["Cache-Control"] = "no-store"
    page.content_length = len(html)
    return page


def is_wechat(request: Request) -> bool:
    """Whether a request came to WeChat's web view; the name localhost is the browser outside."""
    return request.host.partition(":")[0] != OUTSIDE_HOST


def origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def bridge(phone: str) -> bytes:
    """Return the script tag of the bridge, which talks to a phone page of this origin only."""
    return f'<script src="/_phone/bridge.js" data-phone="{phone}"></script>'.encode()


def shown_headers(
    answer: HTTPResponse, visit: upstream.Visit, tab: Tab
) -> Iterator[tuple[str, str]]:
    """Yield the answer's headers as the phone gets them: redirects and frame rules rewritten."""
    for name, value in answer.headers.items():
        if name.lower() == "location":
            yield name, rewrite.location(value, visit.url, tab.origins)
        elif name.lower() == "content-security-policy":
            yield name, rewrite.policy(value, tab.origins)
        elif name.lower() not in _KEPT_BACK:
            yield name, value


def notice(kind: str, status: int = 200, **values: Any) -> Response:
    """Return a page of the browser's own; its words are in templates/notice.html."""
    page = _pages.get_template("notice.html").render(kind=kind, **values)
    return Response(page, status, mimetype="text/html")


def post(base: str, path: str, body: str) -> tuple[int, bytes]:
    """POST JSON to the simulator; return status and body."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()

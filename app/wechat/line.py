"""One account's line to WeChat's servers: valves, pace, token, the single retry, errors by class.

`Client` is wechatpy's client with its own wire taken out, so that every endpoint wechatpy knows
goes our way too; a path it does not know goes through `Line.call`.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wechatpy import WeChatClient

from base import outbound
from base.errors import Unreachable

from ..logs import log
from .pacing import Pace
from .token import Purse
from .valves import NOTES, POLICIES, TEMPLATES, TOKEN, Valves
from .verdicts import PARTNER, Garbled, Refused

if TYPE_CHECKING:
    from redis import Redis

HOST = "https://api.weixin.qq.com"
_JSON = {"Content-Type": "application/json; charset=utf-8"}

Answered = dict[str, Any] | bytes


class Line:
    """Calls to the server API in the name of one appid; safe to share between threads.

    Every call may also raise Held, when it is not worth making or too many are being made.
    """

    def __init__(
        self, appid: str, secret: str, base_url: str, shelf: "Redis", valves: Valves | None = None
    ) -> None:
        self.appid = appid
        self.valves = valves or Valves(shelf)
        self._secret = secret
        self._base = base_url.rstrip("/")
        self._purse = Purse(self.valves.shelf, appid, self._fetch)
        self._tickets = Purse(self.valves.shelf, f"jsapi:{appid}", self._fetch_ticket)
        self._pace = Pace(self.valves.shelf)
        self._outbound = outbound.session(PARTNER)
        self.client = Client(self)

    def call(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answered:
        """Call an endpoint with our token: POST when there is a body, else GET.

        Gives the JSON object, or bytes where the platform sends a file. Raises Refused, Garbled or
        Unreachable. A stale token is replaced and the call repeated once, never more; a fresh one
        that is refused too opens the breaker, after which nobody asks until it is tried again.
        """
        self.valves.enter(self.appid, path, TOKEN, *_of_template(path, body))
        self._pace.keep(self.appid, path)
        used = self._purse.token()
        try:
            return self._with(used, path, body, params)
        except Refused as refusal:
            if refusal.kind != TOKEN:
                raise
            self._purse.drop(used)
            fresh = self._purse.token()
            if fresh == used:
                self.valves.failed(self.appid, TOKEN, TOKEN, refusal)
                raise
        try:
            return self._with(fresh, path, body, params)
        except Refused as refusal:
            if refusal.kind == TOKEN:
                self.valves.failed(self.appid, TOKEN, TOKEN, refusal)
            raise

    def _with(
        self,
        token: str,
        path: str,
        body: Mapping[str, Any] | None,
        params: Mapping[str, str] | None,
    ) -> Answered:
        """One call that bears a token; its success tells that the token is good."""
        answered = self._send(path, body, {"access_token": token, **(params or {})})
        self.valves.worked(self.appid, TOKEN)
        return answered

    def ask(self, path: str, body: Mapping[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
        """Call an endpoint and insist on a JSON object."""
        return _object(path, self.call(path, body, params))

    def sign_in(self, path: str, **params: str) -> dict[str, Any]:
        """Call a sign-in endpoint (/sns/…), which takes our secret instead of a token."""
        self.valves.enter(self.appid, path)
        ours = {"appid": self.appid, "secret": self._secret, "grant_type": "authorization_code"}
        return _object(path, self._send(path, None, ours | params))

    def visit(self, path: str, **params: str) -> dict[str, Any]:
        """Call an endpoint that needs nothing of ours, such as /sns/userinfo."""
        self.valves.enter(self.appid, path)
        return _object(path, self._send(path, None, params))

    def ready(self, path: str, body: Mapping[str, Any]) -> None:
        """Raise Held while this call would not even be made."""
        self.valves.look(self.appid, path, TOKEN, *_of_template(path, body))

    def ticket(self) -> str:
        """The ticket all processes sign pages for the JS-SDK with."""
        return self._tickets.token()

    def _fetch_ticket(self) -> tuple[str, int]:
        path = "/cgi-bin/ticket/getticket"
        found = _object(path, self.call(path, None, {"type": "jsapi"}))
        return text(path, found, "ticket"), int(found.get("expires_in", 0))

    def knock(self) -> None:
        """Ask for the token everybody uses, only to see whether we are let in."""
        self._fetch()

    def _fetch(self) -> tuple[str, int]:
        path = "/cgi-bin/stable_token"
        self.valves.enter(self.appid, path)
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self._secret}
        try:
            found = _object(path, self._send(path, asked | {"force_refresh": False}, {}))
        except Unreachable as error:
            error.doubtful = False  # the call that wants the token was certainly not made
            raise
        return text(path, found, "access_token"), int(found.get("expires_in", 0))

    def _send(
        self, path: str, body: Mapping[str, Any] | None, params: Mapping[str, str]
    ) -> Answered:
        """One exchange; the valves learn how it went."""
        try:
            answered = self._exchanged(path, body, params)
        except Refused as refusal:
            self._weigh(path, body, refusal)
            raise
        except Unreachable as error:
            log.warning("wechat silent", endpoint=path, reason=error.reason)
            self.valves.failed(self.appid, path, "transient", error)
            raise
        for name in (path, *_of_template(path, body)):
            self.valves.worked(self.appid, name)
        return answered

    def _weigh(self, path: str, body: Mapping[str, Any] | None, refusal: Refused) -> None:
        """Close the valve where the refusal says so; any other refusal is an answer as well."""
        found = {"code": refusal.code, "kind": refusal.kind, "rid": refusal.rid}
        log.warning("wechat refused", endpoint=path, appid=self.appid, **found)
        if refusal.kind == TOKEN:
            return
        closes = _of_template(path, body) if refusal.kind in TEMPLATES else (path,)
        if refusal.kind in POLICIES:
            for name in closes:
                self.valves.failed(self.appid, name, refusal.kind, refusal)
        if refusal.kind not in POLICIES or refusal.kind in TEMPLATES:
            self.valves.worked(self.appid, path)
        if refusal.kind in NOTES:
            self.valves.note(self.appid, refusal)

    def _exchanged(
        self, path: str, body: Mapping[str, Any] | None, params: Mapping[str, str]
    ) -> Answered:
        answer = self._outbound.request(
            "GET" if body is None else "POST",
            self._base + path,
            headers=None if body is None else _JSON,
            body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            params=params,
        )
        if answer.status != 200:
            raise Garbled(path, f"HTTP {answer.status}")
        return _read(path, answer)


def _of_template(path: str, body: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The name of the valve of the template that a call uses, if it uses one."""
    template = (body or {}).get("template_id")
    return (f"{path} {template}",) if template else ()


def _read(path: str, answer: outbound.Answer) -> Answered:
    """The answer by its body, whatever its Content-Type says; a page instead of JSON is Garbled."""
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        if answer.headers.get("Content-Type", "").startswith(("text/", "application/json")):
            raise Garbled(path, "not JSON") from error
        return answer.body
    if not isinstance(found, dict):
        raise Garbled(path, "no object")
    code = found.get("errcode") or 0
    if not isinstance(code, int | str) or not str(code).lstrip("-").isdigit():
        raise Garbled(path, "errcode")
    if int(code):
        raise Refused(path, int(code), str(found.get("errmsg", "")))
    return found


def _object(path: str, answered: Answered) -> dict[str, Any]:
    if isinstance(answered, bytes):
        raise Garbled(path, "a file instead of JSON")
    return answered


def text(path: str, found: Mapping[str, Any], name: str) -> str:
    """A field the answer must have, as text; raises Garbled."""
    value = found.get(name)
    if not isinstance(value, str | int) or value == "":
        raise Garbled(path, f"no {name}")
    return str(value)


class Client(WeChatClient):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's knowledge of endpoints on our line; its own token and retries are never used."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.appid, "", auto_retry=False)
        self._line = line

    def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        base = options.pop("api_base_url", self.API_BASE_URL)
        address = url_or_endpoint if "://" in url_or_endpoint else base + url_or_endpoint
        unknown = options.keys() - {"data", "params", "result_processor"}
        if unknown or not address.startswith(f"{HOST}/"):
            raise ValueError(f"not a call we make: {method} {address} {sorted(unknown)}")
        body = options.get("data") if method == "get" else options.get("data") or {}
        found = self._line.call(address.removeprefix(HOST), body, options.get("params"))
        process = options.get("result_processor")
        return process(found) if process else found

"""Everything we ask of WeChat, endpoint by endpoint; the only door to its servers.

Every function here may raise verdicts.Refused (the platform said no, with a class), Garbled, Held
(it was not asked) or base.errors.Unreachable (nobody answered).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from base.errors import Forbidden, Unauthenticated
from config.settings import Settings

from .line import Answered, Line, text
from .valves import Valves
from .verdicts import Garbled, Refused

if TYPE_CHECKING:
    from redis import Redis

    from base.store import Database

_NO_MENU = 46003
_HIGH_RISK = 40226
_PRINTED_WIDTH = 1280

_SENDS = {
    "oa": "/cgi-bin/message/template/send",
    "mp": "/cgi-bin/message/subscribe/send",
    "biz": "/cgi-bin/message/subscribe/bizsend",
}

Keywords = Mapping[str, Mapping[str, str]]


class LoginCodeStale(Unauthenticated):
    """The sign-in code was used already, is too old or is not ours: sign in again."""

    code = "login_code_stale"


class LoginRefused(Forbidden):
    """The platform takes this account for dangerous and does not sign it in."""

    code = "login_refused"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a sign-in code stands for; a snapshot visitor is virtual and nobody at all."""

    openid: str
    unionid: str | None
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Follower:
    """What the platform tells of an account: `since` when it follows us, None if it does not."""

    unionid: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class SceneCode:
    """A QR code that carries a scene: the text to draw, and the page that shows it as a picture."""

    url: str
    picture: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What content security thinks: `suggest` pass, review or risky, and the label's number."""

    suggest: str
    label: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """The lines of the official account and the mini-program, and the addresses people open."""

    oa: Line
    mp: Line
    open_url: str
    web_url: str

    @classmethod
    def connect(cls, settings: Settings, shelf: "Redis", db: "Database | None" = None) -> "Gateway":
        """Lines for both accounts of the settings; tokens are kept on the shelf (Redis).

        With a store daily limits outlive the shelf, and alarms are sounded.
        """
        base, valves = settings.wechat_api_url, Valves(shelf, db)
        return cls(
            Line(settings.wechat_oa_appid, settings.wechat_oa_secret, base, shelf, valves),
            Line(settings.wechat_mp_appid, settings.wechat_mp_secret, base, shelf, valves),
            settings.wechat_open_url.rstrip("/"),
            settings.wechat_mp_web_url.rstrip("/"),
        )

    def ready(self, channel: str, template: str) -> None:
        """Raise Held while a message by this channel of _SENDS would not even be tried."""
        line = self.mp if channel == "mp" else self.oa
        line.ready(_SENDS[channel], {"template_id": template})

    def send_template(
        self, openid: str, template: str, keywords: Keywords, link: str, once: str
    ) -> str:
        """Send a template message to a follower of the official account; its msgid.

        `keywords` are {key: {"value": text}}, fitted to the platform's rules.
        `once` is the platform's client_msg_id: sent again within ten minutes it is not doubled.
        """
        path = _SENDS["oa"]
        body = {"touser": openid, "template_id": template, "data": keywords}
        found = self.oa.ask(path, body | {"url": link, "client_msg_id": once}, {})
        return text(path, found, "msgid")

    def send_subscribed(self, openid: str, template: str, keywords: Keywords, page: str) -> str:
        """Send a subscription message of the mini-program; its msgid if the platform gives one."""
        body = {"touser": openid, "template_id": template, "data": keywords}
        more = {"page": page} if page else {}
        shown = {"miniprogram_state": "formal", "lang": "zh_CN"}
        found = self.mp.ask(_SENDS["mp"], body | more | shown, {})
        return str(found.get("msgid", ""))

    def send_notice(self, openid: str, template: str, keywords: Keywords, link: str) -> str:
        """Send a subscription notice of the official account, to follower or not; maybe a msgid."""
        body = {"touser": openid, "template_id": template, "data": keywords, "page": link}
        return str(self.oa.ask(_SENDS["biz"], body, {}).get("msgid", ""))

    def blocked(self, after: int) -> list[tuple[int, str]]:
        """Template messages the platform took and then blocked: (number, msgid), a hundred at most.

        Those past the number `after`, in order.
        """
        path = "/wxa/sec/queryblocktmplmsg"
        asked = {"tmpl_msg_id": "", "largest_id": after, "limit": 100}
        found = self.oa.ask(path, asked, {}).get("msginfo") or []
        return [(int(text(path, each, "id")), text(path, each, "tmpl_msg_id")) for each in found]

    def say(self, account: Literal["oa", "mp"], openid: str, words: str) -> None:
        """Send text as customer service, while the resident's window is open."""
        line = self.oa if account == "oa" else self.mp
        line.client.message.send_text(openid, words)

    def follower(self, openid: str) -> Follower:
        """Whether somebody follows the official account, since when, and her unionid if any."""
        path, found = "/cgi-bin/user/info", self.oa.client.user.get(openid)
        if text(path, found, "subscribe") == "0":
            return Follower(None, None)
        since = datetime.fromtimestamp(int(text(path, found, "subscribe_time")), UTC)
        return Follower(str(found.get("unionid") or "") or None, since)

    def session_of(self, js_code: str) -> Visitor:
        """Who wx.login's code stands for; raises LoginCodeStale, LoginRefused.

        The session key is left where it came from: we use nothing that needs it.
        """
        path = "/sns/jscode2session"
        return _visitor(path, _signed_in(self.mp, path, js_code=js_code))

    def phone_of(self, code: str) -> str:
        """The phone number behind getPhoneNumber's code, +-prefixed when foreign.

        Raises LoginCodeStale.
        """
        path = "/wxa/business/getuserphonenumber"
        try:
            info = self.mp.client.wxa.get_phone_number(code).get("phone_info")
        except Refused as refusal:
            raise _login(refusal) from refusal
        if not isinstance(info, dict):
            raise Garbled(path, "no phone_info")
        number, country = text(path, info, "purePhoneNumber"), str(info.get("countryCode", "86"))
        return number if country == "86" else f"+{country}{number}"

    def visitor(self, code: str, scope: str) -> Visitor:
        """Who an OAuth code of the official account stands for; raises LoginCodeStale.

        With scope snsapi_userinfo the unionid is asked for too.
        """
        path = "/sns/oauth2/access_token"
        found = _signed_in(self.oa, path, code=code)
        visitor = _visitor(path, found)
        if visitor.unionid or visitor.snapshot or scope != "snsapi_userinfo":
            return visitor
        user, key = visitor.openid, text(path, found, "access_token")
        more = self.oa.visit("/sns/userinfo", access_token=key, openid=user, lang="zh_CN")
        return Visitor(user, str(more.get("unionid") or "") or None)

    def menu(self) -> list[dict[str, Any]]:
        """The buttons the official account shows now; none when it has no menu."""
        path = "/cgi-bin/menu/get"
        try:
            found = self.oa.client.menu.get()
        except Refused as refusal:
            if refusal.code == _NO_MENU:
                return []
            raise
        buttons = found.get("menu", {}).get("button")
        if not isinstance(buttons, list):
            raise Garbled(path, "no button")
        return buttons

    def put_menu(self, buttons: list[dict[str, Any]]) -> None:
        """Replace the official account's menu."""
        self.oa.client.menu.create({"button": buttons})

    def media(self, account: Literal["oa", "mp"], id: str) -> bytes:
        """A file a resident sent to this account, for three days after."""
        path = "/cgi-bin/media/get"
        line = self.oa if account == "oa" else self.mp
        return _file(path, line.call(path, None, {"media_id": id}))

    def scene_code(self, scene: str, seconds: int | None = None) -> SceneCode:
        """A QR code for a scene of 1–64 characters; permanent, or for some seconds (≤ 30 days)."""
        info = {"action_info": {"scene": {"scene_str": scene}}}
        kind: dict[str, Any] = {"action_name": "QR_LIMIT_STR_SCENE"}
        if seconds is not None:
            kind = {"action_name": "QR_STR_SCENE", "expire_seconds": seconds}
        found = self.oa.client.qrcode.create(info | kind)
        path = "/cgi-bin/qrcode/create"
        ticket = quote(text(path, found, "ticket"), safe="")
        return SceneCode(
            text(path, found, "url"), f"{self.web_url}/cgi-bin/showqrcode?ticket={ticket}"
        )

    def mini_code(self, scene: str, page: str) -> bytes:
        """A picture, wide enough for print, of the code that opens a released page with a scene.

        The scene has 1–32 signs: digits, letters and some punctuation.
        """
        path = "/wxa/getwxacodeunlimit"
        asked = {"scene": scene, "page": page, "width": _PRINTED_WIDTH}
        return _file(path, self.mp.call(path, asked))

    def url_link(self, page: str, query: str, days: int) -> str:
        """A link that opens a released page from any browser, for 1–30 days."""
        path = "/wxa/generate_urllink"
        asked = {"path": page, "query": query, "expire_type": 1, "expire_interval": days}
        return text(path, self.mp.ask(path, asked, {}), "url_link")

    def msg_check(self, openid: str, words: str, scene: int) -> Opinion:
        """What content security thinks of ≤ 2,500 characters a mini-program's user wrote.

        Refused with 61010 when she has not opened the mini-program within two hours.
        """
        path = "/wxa/msg_sec_check"
        body = {"version": 2, "openid": openid, "scene": scene, "content": words}
        found = self.mp.ask(path, body, {})
        result = found.get("result")
        if not isinstance(result, dict):
            raise Garbled(path, "no result")
        label = str(result.get("label", ""))
        return Opinion(text(path, result, "suggest"), int(label) if label.isdecimal() else 0)

    def media_check(self, openid: str, url: str, scene: int) -> str:
        """Have a picture at a public address judged; the trace id its event will bear."""
        path = "/wxa/media_check_async"
        body = {"version": 2, "openid": openid, "scene": scene, "media_url": url, "media_type": 2}
        return text(path, self.mp.ask(path, body, {}), "trace_id")


def _file(path: str, found: Answered) -> bytes:
    if not isinstance(found, bytes):
        raise Garbled(path, "no file")
    return found


def _signed_in(line: Line, path: str, **code: str) -> dict[str, Any]:
    try:
        return line.sign_in(path, **code)
    except Refused as refusal:
        raise _login(refusal) from refusal


def _login(refusal: Refused) -> Exception:
    """What a refused sign-in means to the person; an outage stays what it is."""
    if refusal.kind == "login":
        return LoginCodeStale()
    return LoginRefused() if refusal.code == _HIGH_RISK else refusal


def _visitor(path: str, found: Mapping[str, Any]) -> Visitor:
    union = str(found.get("unionid") or "") or None
    return Visitor(text(path, found, "openid"), union, str(found.get("is_snapshotuser")) == "1")

"""Codes and links that open the mini-program: pictures, schemes and URL links."""

import hashlib
import io
import re
import secrets
from typing import Any

from flask import Blueprint, Response
from PIL import Image

from ..world import World, here
from . import quotas, switches
from .api import DONE, Answer, WeChatError, caller, posted

blueprint = Blueprint("wechat_links", __name__)
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
VERSIONS = ("release", "trial", "develop")
LARGEST_QUERY = 1024
LIMITED_CODES = 100_000
WIDTHS = (280, 1280)
USUAL_WIDTH = 430
CELLS = 16
MINUTE, DAY = 60, 24 * 3600
LONGEST_DAYS = 30
OPENED = "links opened"
OVER_OPENED: int = quotas.QUOTAS[OPENED]["errcode"]


@blueprint.route("/wxa/getwxacodeunlimit", methods=["GET", "POST"])
def unlimited() -> Response:
    """Return the code of a scene and page; there may be any number of them."""
    caller("mp")
    told = posted()
    scene, page = str(told.get("scene", "")), str(told.get("page") or "")
    if not SCENE.fullmatch(scene):
        raise WeChatError(40169 if len(scene) != len(scene.encode()) or not scene else 40129)
    if page.startswith("/") or "?" in page:
        raise WeChatError(40159)
    if told.get("check_path", True) and page and not released(here(), page):
        raise WeChatError(41030)
    return picture(told, f"{page}?{scene}")


@blueprint.route("/wxa/getwxacode", methods=["GET", "POST"])
def limited() -> Response:
    """Return the round code of a path; 100,000 in all with the square ones."""
    return counted(1024)


@blueprint.route("/cgi-bin/wxaapp/createwxaqrcode", methods=["GET", "POST"])
def square() -> Response:
    """Return the square code of a path."""
    return counted(128)


def counted(longest_path: int) -> Response:
    """Return the code of a path, counted against their total."""
    caller("mp")
    told, world = posted(), here()
    path = str(told.get("path", ""))
    if not 1 <= len(path) <= longest_path:
        raise WeChatError(40159)
    with world.lock:
        made = world.part("wechat.codes_made").get("mp", 0)
        if made >= LIMITED_CODES:
            raise WeChatError(45029)
        world.part("wechat.codes_made")["mp"] = made + 1
    world.changed("wechat.codes_made")
    return picture(told, path)


def picture(told: dict[str, Any], target: str) -> Response:
    """Return the picture of a code: a pattern of its own, not a code one could scan."""
    width = told.get("width", USUAL_WIDTH)
    if not isinstance(width, int) or not WIDTHS[0] <= width <= WIDTHS[1]:
        raise WeChatError(40097)
    version(told)
    cells = hashlib.shake_256(target.encode()).digest(CELLS * CELLS // 8)
    written = io.BytesIO()
    image = Image.frombytes("1", (CELLS, CELLS), cells).resize((width, width))
    image.convert("L").save(written, "JPEG")
    return Response(written.getvalue(), content_type="image/jpeg")


@blueprint.route("/wxa/generatescheme", methods=["GET", "POST"])
def scheme() -> Answer:
    """Return a weixin:// link that opens the mini-program from outside WeChat."""
    told, target = opened("jump_wxa")
    link = f"weixin://dl/business/?t={secrets.token_urlsafe(9)}"
    keep(here(), link, told, target)
    return DONE | {"openlink": link}


@blueprint.route("/wxa/generate_urllink", methods=["GET", "POST"])
def url_link() -> Answer:
    """Return an https:// link that opens the mini-program."""
    told, target = opened("")
    link = f"https://wxaurl.cn/{secrets.token_urlsafe(8)}"
    keep(here(), link, told, target)
    return DONE | {"url_link": link}


def opened(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was posted and the target in it, under `key` or at the top; both checked."""
    caller("mp")
    told, world = posted(), here()
    found = told.get(key) or {} if key else told
    target: dict[str, Any] = found if isinstance(found, dict) else {}
    path = str(target.get("path") or "")
    if path and (path.startswith("/") or not released(world, path)):
        raise WeChatError(40165)
    if len(str(target.get("query") or "")) > LARGEST_QUERY:
        raise WeChatError(40212)
    version(target)
    if quotas.used(world, "mp", OPENED) >= (quotas.daily(world, OPENED) or 0):
        raise WeChatError(OVER_OPENED)
    return told, target


def version(told: dict[str, Any]) -> None:
    """Refuse an unknown env_version with 85402."""
    if told.get("env_version", "release") not in VERSIONS:
        raise WeChatError(85402)


def released(world: World, page: str) -> bool:
    """Whether a page is in the released version: world.json's "pages" of "mp", else any page."""
    pages = world.config["mp"].get("pages")
    return pages is None or page in pages


def keep(world: World, link: str, told: dict[str, Any], target: dict[str, Any]) -> None:
    """Keep where a link leads, until it expires."""
    where = {key: str(target.get(key) or "") for key in ("path", "query")}
    with world.lock:
        world.part("wechat.links")[link] = where | {"until": expiry(world, told)}
    world.changed("wechat.links", link)


def expiry(world: World, told: dict[str, Any]) -> float:
    """Return when a link ends, 30 days from now at most; 85401 for any other time."""
    now = world.clock.seconds()
    until: float = now + switches.of(world, "link_days") * DAY
    if told.get("expire_type") == 1:
        until = now + int(told.get("expire_interval", 0)) * DAY
    elif "expire_time" in told:
        until = float(told["expire_time"])
    if not now + MINUTE <= until <= now + LONGEST_DAYS * DAY + MINUTE:
        raise WeChatError(85401)
    return until


def found(world: World, link: str) -> dict[str, Any] | None:
    """Open a link: {"path", "query", "until"}, None if it is unknown or over.

    Raises quotas.Exhausted when links were opened too often today.
    """
    with world.lock:
        kept: dict[str, Any] | None = world.part("wechat.links").get(link)
    if kept is None or kept["until"] <= world.clock.seconds():
        return None
    quotas.spend(world, "mp", OPENED, quotas.daily(world, OPENED) or 0, OVER_OPENED)
    return kept

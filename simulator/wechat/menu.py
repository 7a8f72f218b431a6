"""The official account's menu: created, shown, deleted; kept in part "wechat.menu"."""

from typing import Any

from flask import Blueprint, request

from ..world import World, here
from . import switches
from .api import DONE, Answer, WeChatError, caller, posted

blueprint = Blueprint("wechat_menu", __name__)

# Errcodes for a wrong count, type, name, key, url: of a top button, of a sub-button.
TOP = (40016, 40017, 40018, 40019, 40020)
SUB = (40023, 40024, 40025, 40026, 40027)
MOST_TOP, MOST_SUB = 3, 5
KEYED = (
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
)
OTHERS = ("view", "miniprogram", "media_id", "article_id", "article_view_limited")


@blueprint.route("/cgi-bin/menu/create", methods=["GET", "POST"])
def create() -> Answer:
    """Publish a menu in place of the former one."""
    caller("oa")
    told, world = posted(), here()
    if switches.of(world, "menu_escapes_refused") and b"\\u" in request.get_data():
        raise WeChatError(40033)
    lengths = (switches.of(world, "menu_top_bytes"), switches.of(world, "menu_sub_bytes"))
    check(told.get("button"), lengths, TOP)
    with world.lock:
        world.part("wechat.menu")["oa"] = {"button": told["button"]}
    world.changed("wechat.menu")
    return dict(DONE)


@blueprint.get("/cgi-bin/menu/get")
def get() -> Answer:
    """Return the published menu."""
    caller("oa")
    menu = published(here())
    if menu is None:
        raise WeChatError(46003)
    return {"menu": {"button": [padded(button) for button in menu["button"]]}}


@blueprint.get("/cgi-bin/get_current_selfmenu_info")
def current() -> Answer:
    """Return whether a menu is shown, and which."""
    caller("oa")
    menu = published(here())
    return {"is_menu_open": int(menu is not None), "selfmenu_info": menu or {}}


@blueprint.get("/cgi-bin/menu/delete")
def delete() -> Answer:
    """Take the menu away."""
    caller("oa")
    world = here()
    with world.lock:
        world.part("wechat.menu").pop("oa", None)
    world.changed("wechat.menu")
    return dict(DONE)


def padded(button: dict[str, Any]) -> dict[str, Any]:
    """Return a button as WeChat gives it back: with a list below it even when that is empty."""
    below = [padded(one) for one in button.get("sub_button") or []]
    return button | {"sub_button": below}


def published(world: World) -> dict[str, Any] | None:
    """Return the published menu as {"button": […]}, or None."""
    with world.lock:
        menu: dict[str, Any] | None = world.part("wechat.menu").get("oa")
        return menu


def check(buttons: object, lengths: tuple[int, ...], errcodes: tuple[int, ...]) -> None:
    """Refuse buttons of wrong number, type, name, key or url with the errcode for it.

    `lengths`: the longest name in bytes of this level and of the one below.
    """
    most = MOST_TOP if errcodes is TOP else MOST_SUB
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= most:
        raise WeChatError(errcodes[0])
    for button in buttons:
        if not isinstance(button, dict):
            raise WeChatError(errcodes[0])
        if not 1 <= len(str(button.get("name", "")).encode()) <= lengths[0]:
            raise WeChatError(errcodes[2])
        if errcodes is TOP and button.get("sub_button"):
            check(button["sub_button"], lengths[1:], SUB)
        else:
            check_act(button, errcodes)


def check_act(button: dict[str, Any], errcodes: tuple[int, ...]) -> None:
    """Refuse a button whose act is unknown, or lacks its key or address."""
    _, wrong_type, _, wrong_key, wrong_url = errcodes
    act = button.get("type")
    if act not in KEYED + OTHERS:
        raise WeChatError(wrong_type)
    if act in KEYED and not 1 <= len(str(button.get("key", "")).encode()) <= 128:
        raise WeChatError(wrong_key)
    if act in ("view", "miniprogram"):
        url = str(button.get("url", ""))
        if not url.startswith(("http://", "https://")) or len(url.encode()) > 1024:
            raise WeChatError(wrong_url)
    if act == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
        raise WeChatError(wrong_type)

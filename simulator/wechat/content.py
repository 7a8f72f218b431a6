"""Content security: texts judged at once, pictures and sounds later, by the words of a list."""

import secrets
import tomllib
from pathlib import Path
from typing import Any

import urllib3
from flask import Blueprint

from ..people import Person
from ..world import Account, World, here
from . import events, switches
from .api import DONE, Answer, WeChatError, addressee, caller, posted

blueprint = Blueprint("wechat_content", __name__)
LISTS: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "sensitive.toml").read_text()
)
NORMAL = 100
SCENES = (1, 2, 3, 4)
MEDIA_TYPES = (1, 2)
LONGEST_TEXT = 2500
LARGEST_FILE = 10 * 1024 * 1024
VISIT_SECONDS = 2 * 3600
PATIENCE_SECONDS = 5.0
NOT_DOWNLOADED = -1008
EVENT = "wxa_media_check"


def verdict(text: str) -> tuple[str, int, str]:
    """Return suggest ("pass", "review", "risky"), label, and the word that decided."""
    for suggest, words in (("risky", LISTS["labels"]), ("review", LISTS["review"])):
        for label, listed in words.items():
            word = next((one for one in listed if one in text), None)
            if word is not None:
                return suggest, int(label), word
    return "pass", NORMAL, ""


@blueprint.route("/wxa/msg_sec_check", methods=["GET", "POST"])
def check_text() -> Answer:
    """Judge a text a person wrote; version 1 knows only 87014."""
    account, told = caller("mp"), posted()
    text = told.get("content")
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_TEXT:
        raise WeChatError(40097)
    whole = "\n".join(str(told.get(key) or "") for key in ("title", "nickname", "signature"))
    suggest, label, word = verdict(f"{text}\n{whole}")
    if told.get("version") != 2:
        if suggest == "risky":
            raise WeChatError(87014)
        return dict(DONE)
    visited(here(), writer(account, told))
    found = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label}
    by_word = {"strategy": "keyword", "errcode": 0, "suggest": suggest, "label": label}
    detail: list[Answer] = [found | {"prob": 90}]
    if word:
        detail.append(by_word | {"keyword": word, "level": 90})
    return DONE | {
        "result": {"suggest": suggest, "label": label},
        "detail": detail,
        "trace_id": secrets.token_hex(16),
    }


def writer(account: Account, told: dict[str, Any]) -> Person:
    """Return who wrote; 40129 for an unknown scene, 43104 for an openid of another account."""
    if told.get("scene") not in SCENES:
        raise WeChatError(40129)
    if here().by_openid("oa", str(told.get("openid"))) is not None:
        raise WeChatError(43104)
    return addressee(account, told.get("openid"))


def visited(world: World, person: Person) -> None:
    """Refuse with 61010 who has not opened the mini-program within two hours."""
    if world.clock.seconds() - person.opened > VISIT_SECONDS:
        raise WeChatError(61010)


@blueprint.route("/wxa/media_check_async", methods=["GET", "POST"])
def check_media() -> Answer:
    """Take a picture or sound at a media_url for judgement; the verdict is pushed later."""
    account, told, world = caller("mp"), posted(), here()
    url, kind = str(told.get("media_url") or ""), told.get("media_type")
    if told.get("version") != 2 or kind not in MEDIA_TYPES or not url.startswith("http"):
        raise WeChatError(40097)
    writer(account, told)
    with world.lock:
        waiting = world.part("wechat.media_checks")
        if url in waiting:
            raise WeChatError(87020)
        trace_id = secrets.token_hex(16)
        waiting[url] = trace_id
    wait = switches.of(world, "media_check_seconds")
    world.timetable.after(wait, conclude, world, account, url, trace_id)
    return DONE | {"trace_id": trace_id}


def conclude(world: World, account: Account, url: str, trace_id: str) -> None:
    """Judge a file and push what came of it."""
    told = {"appid": account.appid, "trace_id": trace_id, "version": 2} | judge(url)
    with world.lock:
        world.part("wechat.media_checks").pop(url, None)
    events.later(world, account, events.platform_event(world, account, EVENT, **told), 0)


def judge(url: str) -> Answer:
    """Return what the event says of a file: fetched, and judged by the words in it or its name."""
    content = fetched(url)
    if content is None:
        return {"errcode": NOT_DOWNLOADED, "errmsg": "download failed", "detail": []}
    suggest, label, _ = verdict(content.decode(errors="ignore") + url)
    found = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label}
    result = {"suggest": suggest, "label": label}
    return DONE | {"result": result, "detail": [found | {"prob": 90}]}


def fetched(url: str) -> bytes | None:
    """Return the file at an address, None if it cannot be had or is larger than 10 MB."""
    try:
        with urllib3.PoolManager(retries=False) as wires:
            answer = wires.request("GET", url, timeout=PATIENCE_SECONDS)
    except urllib3.exceptions.HTTPError:
        return None
    return answer.data if answer.status == 200 and len(answer.data) <= LARGEST_FILE else None

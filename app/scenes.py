"""Printed codes for every counter, village and unit: entered, made by the platform, drawn."""

import base64
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import segno

from base import filetypes
from base.errors import Invalid
from base.outbox import Promise
from base.store import Database
from catalogue import agencies, places
from people import scenes
from people.scenes import Scene

from .runtime import Runtime
from .wechat import opening
from .wechat.verdicts import Garbled

_VILLAGE_LEVEL = "6"
_PAGE = 50


def enter(db: Database, *owed: Promise) -> int:
    """Enter a code for each service point and each agency of the county; how many there are."""
    wanted = list(_county(db))
    made = {(each.kind, each.target, each.name) for each in every(db) if each.url}
    for each in wanted:
        if each not in made:
            scenes.put(db, *each, *owed)
    return len(wanted)


def _county(db: Database) -> Iterator[tuple[str, str, str]]:
    """Kind, target and name of every code a county has."""
    for spot in places.handling(db):
        yield scenes.VILLAGE if spot.level == _VILLAGE_LEVEL else scenes.COUNTER, spot.id, spot.name
    for office in agencies.browse(db):
        yield scenes.UNIT, f"agency:{office.id}", office.name


def every(db: Database, kinds: Sequence[str] = scenes.KINDS) -> list[Scene]:
    """All codes of some kinds."""
    found: list[Scene] = []
    for kind in kinds:
        page = scenes.listed(db, kind, limit=_PAGE)
        while page:
            found += page
            page = scenes.listed(db, kind, page[-1].key, _PAGE)
    return found


def make(runtime: Runtime, key: str) -> None:
    """Keep "scene.make": have the platform make a permanent code, unless there is one."""
    scene = scenes.get(runtime.db, key)
    if scene.url is None:
        scenes.coded(runtime.db, key, runtime.wechat.scene_code(key).url)


def drawing(url: str) -> bytes:
    """A code as SVG, of high redundancy so that a scratched print still scans."""
    written = io.BytesIO()
    segno.make(url, error="h").save(written, kind="svg", scale=8, border=4)
    return written.getvalue()


def mini(runtime: Runtime, scene: Scene) -> str:
    """The mini-program's code of the same scene, as a data address; its bytes say its type.

    Made anew each time, because it is the same for ever. Raises Refused and other Unreachables.
    """
    page = opening.pages()["scene"]
    picture = runtime.wechat.mini_code(scene.key, page)
    try:
        media = filetypes.recognise(picture).media
    except Invalid as error:
        raise Garbled(page, "no picture") from error
    return f"data:{media};base64,{base64.b64encode(picture).decode()}"


def save(scene: Scene, url: str, folder: Path) -> Path:
    """Write a code as a PNG for the printer, named after what it stands for."""
    path = folder / f"{scene.kind}-{scene.name}-{scene.key}.png"
    segno.make(url, error="h").save(str(path), scale=20, border=4)
    return path

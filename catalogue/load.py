"""Files into the store: all sound or none taken, and a new version only when something changed."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import fields

from base import store as base_store

from . import rules, search, shelf, store
from .county import County, gather
from .faults import BrokenFiles, Fault
from .files import load, read
from .kinds import Strict, one
from .schema import SectionSchema, ServiceSchema
from .shapes import Section


@dataclass
class Report:
    """What a load did."""

    published: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    unchanged: int = 0
    regions: int = 0
    agencies: int = 0
    places: int = 0


def everything(db: base_store.Database, folder: Path) -> Report:
    """Load config/: services/, forms/sections.yaml and county/, and publish what changed.

    Raises BrokenFiles with every fault of every file, before anything is written.
    """
    faults: list[Fault] = []
    county = gather(folder / "county", faults)
    contents = _services(folder, county, faults)
    if faults:
        raise BrokenFiles(faults)
    base_store.ensure(db, store.INDEXES)
    report = Report(
        regions=store.replace(db, "regions", county.regions, "code"),
        agencies=store.replace(db, "agencies", county.agencies, "id"),
        places=store.replace(db, "places", county.places, "id"),
    )
    for content in contents:
        _publish(db, content, search.tokens_of(content), report)
    for row in store.shelf(db):
        if row["_id"] not in {content["key"] for content in contents}:
            store.withdraw(db, row["_id"])
            report.withdrawn.append(row["_id"])
    shelf.changed(db)
    return report


def _services(folder: Path, county: County, faults: list[Fault]) -> list[dict[str, Any]]:
    paths = sorted((folder / "services").glob("*.yaml"))
    sections = _sections(folder / "forms" / "sections.yaml", faults)
    agencies = {each["id"]: each for each in county.agencies}
    stems = frozenset(path.stem for path in paths)
    around = rules.Neighbours(frozenset(agencies), stems, sections)
    found = []
    for path in paths:
        said = load(path, ServiceSchema(), faults)
        if said is None:
            continue
        wrong = [Fault(path.name, *each) for each in rules.faults(said, path.stem, around)]
        faults += wrong
        if not wrong:
            found.append(_resolved(said, agencies, sections))
    return found


def _sections(path: Path, faults: list[Fault]) -> dict[str, Section]:
    names = read(path, faults)
    if not isinstance(names, dict):
        return {}
    schema = Strict.from_dict({str(name): _section() for name in names})
    sections: dict[str, Section] = load(path, schema(), faults) or {}
    faults += [Fault(path.name, *each) for each in rules.section_faults(sections)]
    return sections


def _section() -> fields.Nested:
    return one(SectionSchema)


def _resolved(
    said: dict[str, Any], agencies: dict[str, dict[str, Any]], sections: dict[str, Section]
) -> dict[str, Any]:
    """The content of a version: it carries its agency and sections, so that neither changes it."""
    agency = {"id": said["agency"], "name": agencies[said["agency"]]["name"]}
    used = {name: sections[name] for name in said["form"]["sections"]}
    content = {name: value for name, value in said.items() if name != "unconfirmed"}
    sure = [{"path": path, "as": sign} for path, sign in said["unconfirmed"].items()]
    return content | {"agency": agency, "sections": used, "unconfirmed": sure}


def _publish(
    db: base_store.Database, content: dict[str, Any], tokens: list[str], report: Report
) -> None:
    key, digest = content["key"], _digest(content)
    kept = store.row(db, key)
    same = kept is not None and kept["digest"] == digest
    if kept and same and kept["state"] == "published":
        store.retoken(db, kept, tokens)
        report.unchanged += 1
        return
    before = kept["version"] if kept else 0
    number = before if same else store.keep_version(db, key, before, digest, content)
    row = store.ServiceRow(
        _id=key, state="published", version=number, digest=digest, content=content,
        themes=content["themes"], tokens=tokens,
    )  # fmt: skip
    if store.publish(db, row, before):
        report.published.append(f"{key}:{number}")


def _digest(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()

"""The files of one county: its regions, its agencies, its service points."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate

from .faults import Fault
from .files import load
from .kinds import SAID, Strict, line, many, one, oneof, slug, some, sure, whole

_CODE = re.compile(r"[0-9]{12}")
_PHONE = re.compile(r"000-0000[0-9]{4}|0[0-9]{2,3}-[0-9]{7,8}")
_SPAN = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _region_code(value: object) -> None:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValidationError("not_region_code")


def _phone(value: object) -> None:
    if not isinstance(value, str) or not _PHONE.fullmatch(value):
        raise ValidationError("not_phone")


def _spans(value: object) -> None:
    """Opening spans of a day, in order: [["08:30", "12:00"], ["13:30", "17:00"]]."""
    spans = value if isinstance(value, list) else [None]
    ends: list[object] = []
    for span in spans:
        if not isinstance(span, list) or len(span) != 2:
            raise ValidationError("not_hours")
        ends += span
    times = [end for end in ends if isinstance(end, str) and _SPAN.fullmatch(end)]
    if len(times) < len(ends) or any(later <= earlier for earlier, later in pairwise(times)):
        raise ValidationError("not_hours")


def _between(low: float, high: float) -> fields.Raw:
    def check(value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValidationError("not_place")
        if not low <= value <= high:
            raise ValidationError("not_place")

    return fields.Raw(required=True, validate=check, error_messages=SAID)


def _code(required: bool = True) -> fields.Raw:
    if not required:
        return fields.Raw(
            load_default=None, allow_none=True, validate=_region_code, error_messages=SAID
        )
    return fields.Raw(required=True, validate=_region_code, error_messages=SAID)


class FormerCode(Strict):
    """A code the county bore before."""

    scheme = line()
    code = line(most=12)
    until = whole()


class RegionSchema(Strict):
    """A division with the codes of both systems (statistics and civil affairs)."""

    code = _code()
    civil_code = _code(False)
    name = line(most=60)
    short_name = line(most=60)
    level = oneof("2", "3", "4", "5", "6")
    parent = _code(False)
    kind = oneof(
        "province", "city", "county", "town", "street", "village", "community", "statistical"
    )
    former_codes = some(FormerCode)


class RegionsFile(Strict):
    """config/county/regions.yaml."""

    county = _code()
    as_of = line(most=10)
    regions = some(RegionSchema, True)


class AgencySchema(Strict):
    """An office."""

    id = slug()
    name = line(most=60)
    level = oneof("3", "4", "5")
    region = _code()
    parent = slug(False)
    phone = fields.Raw(required=True, validate=_phone, error_messages=SAID)
    complaint_phone = fields.Raw(required=True, validate=_phone, error_messages=SAID)


class AgenciesFile(Strict):
    """config/county/agencies.yaml."""

    unconfirmed = sure()
    agencies = some(AgencySchema, True)


class HoursSchema(Strict):
    """Opening spans on working days, and on Saturdays that are not working days."""

    working_days = fields.Raw(required=True, validate=_spans, error_messages=SAID)
    saturday = fields.Raw(load_default=list, validate=_spans)


class PlaceSchema(Strict):
    """A service point."""

    id = line(most=20)
    name = line(most=60)
    kind = oneof("hall", "centre", "station")
    level = oneof("4", "5", "6")
    region = _code()
    address = line(most=100)
    latitude = _between(3, 54)
    longitude = _between(73, 136)
    phone = fields.Raw(required=True, validate=_phone, error_messages=SAID)
    former_names = many(line(most=60))


class PlacesFile(Strict):
    """config/county/places.yaml."""

    unconfirmed = sure()
    hours = fields.Dict(
        keys=fields.String(validate=validate.OneOf(("hall", "centre", "station"), error="unknown")),
        values=one(HoursSchema), required=True, error_messages=SAID,
    )  # fmt: skip
    places = some(PlaceSchema, True)


@dataclass(frozen=True)
class County:
    """What the three files say, ready for the store."""

    regions: list[dict[str, Any]]
    agencies: list[dict[str, Any]]
    places: list[dict[str, Any]]


def gather(folder: Path, faults: list[Fault]) -> County:
    """The county in a folder; whatever is wrong is added to `faults`."""
    regions = load(folder / "regions.yaml", RegionsFile(), faults) or {"regions": []}
    agencies = load(folder / "agencies.yaml", AgenciesFile(), faults) or {"agencies": []}
    places = load(folder / "places.yaml", PlacesFile(), faults) or {"places": [], "hours": {}}
    known = {each["code"] for each in regions["regions"]}
    if known:
        faults += _strays(regions, agencies, places, known)
    spots = [
        each | {"hours": places["hours"].get(each["kind"]), "unconfirmed": places["unconfirmed"]}
        for each in places["places"]
    ]
    sure = agencies.get("unconfirmed", {})
    offices = [each | {"unconfirmed": sure} for each in agencies["agencies"]]
    return County(regions["regions"], offices, spots)


def _strays(
    regions: Mapping[str, Any],
    agencies: Mapping[str, Any],
    places: Mapping[str, Any],
    known: set[str],
) -> Iterator[Fault]:
    for n, each in enumerate(regions["regions"]):
        if each["parent"] and each["parent"] not in known:
            yield Fault("regions.yaml", f"regions.{n}.parent", f"no_such_region:{each['parent']}")
    for n, each in enumerate(agencies["agencies"]):
        if each["region"] not in known:
            yield Fault("agencies.yaml", f"agencies.{n}.region", f"no_such_region:{each['region']}")
    for n, each in enumerate(places["places"]):
        if each["region"] not in known:
            yield Fault("places.yaml", f"places.{n}.region", f"no_such_region:{each['region']}")
        if each["kind"] not in places["hours"]:
            yield Fault("places.yaml", f"places.{n}.kind", f"no_such_hours:{each['kind']}")

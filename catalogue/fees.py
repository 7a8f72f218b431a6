"""What an application costs: fee lines that apply, less the exemptions granted, in fen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from base.errors import Invalid

from .conditions import holds
from .shapes import Exemption, FeeLine, Service

_ALL = 100


class UnknownExemption(Invalid):
    """The service grants no such exemption."""

    code = "unknown_exemption"


@dataclass(frozen=True)
class Line:
    """One line of a bill; an exemption's amount and total are negative and it names its proof."""

    code: str
    name: str
    amount: int
    unit: str
    quantity: int
    total: int
    basis: str
    proof: str = ""


@dataclass(frozen=True)
class Quote:
    """The lines that apply and their sum in fen."""

    lines: tuple[Line, ...]
    total: int


def quote(service: Service, answers: Mapping[str, Any], exemptions: Iterable[str] = ()) -> Quote:
    """The bill of an application; `exemptions` are codes granted, their proof having been seen.

    A free service is quoted no lines and 0. Raises UnknownExemption.
    """
    due = [_line(service, fee, answers) for fee in service.fees["lines"]]
    lines = [line for line in due if line is not None]
    granted = {code: _exemption(service, code) for code in exemptions}
    waived: set[str] = set()
    for exemption in granted.values():
        for line in lines[:]:
            if line.code in exemption["waives"] and line.code not in waived:
                waived.add(line.code)
                lines.append(_waiver(exemption, line))
    return Quote(tuple(lines), sum(line.total for line in lines))


def claimed(service: Service, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The exemptions an applicant asks for; the clerk sees the proof before accepting."""
    return tuple(
        each["code"]
        for each in service.fees["exemptions"]
        if each["when"] is not None and holds(each["when"], answers)
    )


def _line(service: Service, fee: FeeLine, answers: Mapping[str, Any]) -> Line | None:
    quantity = _quantity(fee, answers) if holds(fee["when"], answers) else 0
    if quantity == 0:
        return None
    basis = "；".join(service.fees["basis"])
    total = fee["amount"] * quantity
    return Line(fee["code"], fee["name"], fee["amount"], fee["unit"], quantity, total, basis)


def _quantity(fee: FeeLine, answers: Mapping[str, Any]) -> int:
    """A number, or the number (or count of choices) answered, less what comes free."""
    quantity = fee["quantity"]
    if isinstance(quantity, int):
        return quantity
    answer = answers.get(quantity["field"])
    given = len(answer) if isinstance(answer, list) else int(answer or 0)
    return max(0, given - (quantity.get("beyond") or 0))


def _waiver(exemption: Exemption, line: Line) -> Line:
    """The line that takes off all of another, or a part of it, rounded for whoever pays."""
    percent = exemption.get("percent") or _ALL
    off = -(line.total * percent // -_ALL)
    each, count = (line.amount, line.quantity) if percent == _ALL else (off, 1)
    return Line(
        exemption["code"], exemption["name"], -each, line.unit, count, -off,
        exemption["basis"], exemption["proof"],
    )  # fmt: skip


def _exemption(service: Service, code: str) -> Exemption:
    for each in service.fees["exemptions"]:
        if each["code"] == code:
            return each
    raise UnknownExemption()

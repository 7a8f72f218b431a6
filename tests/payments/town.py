"""The money town that tests and `script/chaos money` share."""

from script.chaoses.money.sides import SIGNER, Pems, settings, union, world
from script.chaoses.money.town import BILL, CASE, TITLE, Line, Town, refund

__all__ = [
    "BILL",
    "CASE",
    "SIGNER",
    "TITLE",
    "Line",
    "Pems",
    "Town",
    "refund",
    "settings",
    "union",
    "world",
]

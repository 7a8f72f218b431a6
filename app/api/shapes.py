"""Pieces of schema that several endpoints share."""

from typing import Any

from apiflask import Schema, fields
from marshmallow import RAISE
from marshmallow.validate import Length, Range

from base import money, numbers


class In(Schema):
    """What is sent to us; unknown fields are refused by name."""

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE


class Out(Schema):
    """What we answer."""


class Money(fields.Integer):
    """An amount in fen."""

    def __init__(self, **options: Any) -> None:
        about = {"description": "amount in fen (分)"} | options.pop("metadata", {})
        super().__init__(metadata=about, **options)


class Number(fields.String):
    """A case's or bill's number, shown with its dashes."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else numbers.spoken(str(value))


class Yuan(fields.String):
    """An amount as people read it, in yuan with two decimals."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else money.yuan(int(value))


def text(most: int, least: int = 1, **options: Any) -> fields.String:
    """A required text of so many characters."""
    return fields.String(required=True, validate=Length(least, most), **options)


class Page(In):
    """How many rows to answer at most."""

    limit = fields.Integer(load_default=20, validate=Range(1, 50))

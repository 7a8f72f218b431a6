"""Pieces of schema that several endpoints share."""

from typing import Any

from apiflask import Schema, fields
from marshmallow import EXCLUDE, RAISE
from marshmallow.validate import Length, Range

from base import numbers


class In(Schema):
    """What is sent to us; unknown fields are refused by name."""

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE


class Partly(Schema):
    """What we answer, fields that do not apply left out; more fields may come with time."""

    class Meta:
        """Promise no more than is named."""

        unknown = EXCLUDE


class Out(Partly):
    """What we answer, every field always there."""

    def on_bind_field(self, _name: str, field_obj: Any) -> None:
        """Describe every field as one that clients may rely on."""
        field_obj.required = True


class Money(fields.Integer):
    """An amount in fen."""


class Number(fields.String):
    """A case's, bill's or ticket's number, shown with its dashes."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else numbers.spoken(str(value))


def text(most: int, least: int = 1, **options: Any) -> fields.String:
    """A required text of so many characters."""
    return fields.String(required=True, validate=Length(least, most), **options)


def rows(shape: type[Schema]) -> "fields.List[Any]":
    """A list of objects."""
    return fields.List(fields.Nested(shape))


def words() -> "fields.List[Any]":
    """A list of texts."""
    return fields.List(fields.String())


def maybe() -> fields.String:
    """A text, or null."""
    return fields.String(allow_none=True)


class Page(In):
    """How many rows to answer at most."""

    limit = fields.Integer(load_default=20, validate=Range(1, 50))

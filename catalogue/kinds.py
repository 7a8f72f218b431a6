"""The kinds of value a data file is built of, each refusing what merely looks like it."""

from collections.abc import Callable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

KEY = r"[a-z][a-z0-9_]{1,59}"
LEVELS = ("1", "2", "3", "4", "5", "6", "7")
UNITS = ("working_day", "calendar_day", "none")
SAID: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "required", "null": "required", "invalid": "not_text", "type": "not_table",
    "unknown": "unknown",
}  # fmt: skip


class Strict(Schema):
    """A table that takes no key it does not know."""

    class Meta:
        """Unknown keys are faults: most are misspelt ones."""

        unknown = RAISE

    error_messages = {"unknown": "unknown", "type": "not_table"}  # noqa: RUF012 - marshmallow's own attribute


def _is_flag(value: object) -> None:
    if not isinstance(value, bool):
        raise ValidationError("not_flag")


def _whole(good: Callable[[int], bool], fault: str) -> Callable[[object], None]:
    def check(value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("not_whole")
        if not good(value):
            raise ValidationError(fault)

    return check


def _options(required: bool, default: Any) -> dict[str, Any]:
    kept = {"required": True} if required else {"load_default": default, "allow_none": True}
    return kept | {"error_messages": SAID}


def line(required: bool = True, most: int = 500) -> fields.String:
    """A line of text that is not blank."""
    size = validate.Length(min=1, max=most, error=f"length:{most}")
    return fields.String(validate=size, **_options(required, None))


def slug(required: bool = True) -> fields.String:
    """A name for programs: small letters, digits, underscores."""
    return fields.String(
        validate=validate.Regexp(rf"{KEY}\Z", error="not_key"), **_options(required, None)
    )


def oneof(*allowed: str, required: bool = True) -> fields.String:
    """One word of a list."""
    one = validate.OneOf(allowed, error="choice:" + "、".join(allowed))
    return fields.String(validate=one, **_options(required, None))


def flag(required: bool = True) -> fields.Raw:
    """True or false, and nothing that merely looks like it."""
    return fields.Raw(validate=_is_flag, **_options(required, False))


def whole(low: int = 0, required: bool = True) -> fields.Raw:
    """A whole number written without quotes, not below `low`."""
    least = _whole(lambda value: value >= low, f"least:{low}")
    return fields.Raw(validate=least, **_options(required, None))


def one(schema: type[Schema], required: bool = True) -> fields.Nested:
    """Another table inside this one."""
    return fields.Nested(schema, **_options(required, None))


def many(inner: fields.Field[Any], required: bool = False, **names: Any) -> fields.List[Any]:
    """A list; one that is required has at least one member."""
    sized = validate.Length(min=1, error="empty") if required else None
    said = _options(required, list) | {"error_messages": SAID | {"invalid": "not_list"}}
    return fields.List(inner, validate=sized, **(said | {"allow_none": False}), **names)


def some(
    schema: type[Schema], required: bool = False, called: str | None = None
) -> fields.List[Any]:
    """A list of tables; `called` is its key where Python would rather not have it as a name."""
    inner = fields.Nested(schema, error_messages=SAID)
    return many(inner, required, data_key=called, attribute=called)


def code() -> fields.String:
    """A name for ledgers: capitals, digits, underscores."""
    shape = validate.Regexp(r"[A-Z][A-Z0-9_]{1,39}\Z", error="not_code")
    return fields.String(validate=shape, **_options(True, None))


def amongst(*allowed: int) -> fields.Raw:
    """One number of a list."""
    fault = "choice:" + "、".join(map(str, allowed))
    return fields.Raw(
        validate=_whole(lambda value: value in allowed, fault), **_options(True, None)
    )


def sure() -> fields.Dict:
    """{path: "L" or "I"}: what nobody has confirmed yet."""
    return fields.Dict(
        keys=fields.String(), values=oneof("L", "I"), load_default=dict, error_messages=SAID
    )


def lists() -> fields.Dict:
    """{name: [text, …]}."""
    values = many(line(most=60), True)
    return fields.Dict(keys=fields.String(), values=values, load_default=dict, error_messages=SAID)

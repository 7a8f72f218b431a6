"""By which channels a resident hears of what; her inbox has everything whatever she chooses."""

from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow.validate import Length, OneOf

from people import residents
from tracking import templates

from ..runtime import here
from .guard import auth, caller
from .shapes import In, Out, rows

blueprint = APIBlueprint("preferences", __name__, url_prefix="/api/v1")


class WayOut(Out):
    """One channel, and whether it is on."""

    channel = fields.String(validate=OneOf(templates.channels()))
    on = fields.Boolean()


class TopicOut(Out):
    """One group of messages and its channels, in the order they are tried."""

    group = fields.String(validate=OneOf(list(templates.groups())))
    name = fields.String()
    channels = rows(WayOut)


class PreferencesOut(Out):
    """Every group of messages."""

    groups = rows(TopicOut)


class PreferencesIn(In):
    """The channels to switch off, by group; what is not named is on."""

    muted = fields.Dict(
        required=True,
        keys=fields.String(validate=OneOf(list(templates.groups()))),
        values=fields.List(
            fields.String(validate=OneOf(templates.channels())),
            validate=Length(0, len(templates.channels())),
        ),
    )


@blueprint.get("/me/preferences")
@blueprint.auth_required(auth)
@blueprint.output(PreferencesOut)
def shown() -> dict[str, Any]:
    """By which channels I hear of what."""
    return _mine()


@blueprint.post("/me/preferences")
@blueprint.auth_required(auth)
@blueprint.input(PreferencesIn)
@blueprint.output(PreferencesOut)
def choose(json_data: dict[str, Any]) -> dict[str, Any]:
    """Choose the channels I hear by; the inbox cannot be switched off."""
    residents.mute(here().db, caller().id, json_data["muted"])
    return _mine()


def _mine() -> dict[str, Any]:
    """Every group with its channels and whether each is on."""
    muted = residents.muted(here().db, caller().id)
    found = [
        {
            "group": group,
            "name": name,
            "channels": [
                {"channel": each, "on": each not in muted.get(group, ())}
                for each in templates.channels()
            ],
        }
        for group, name in templates.groups().items()
    ]
    return {"groups": found}

"""One service's guide: who, what to bring, what it costs, how long, where, and by which law."""

from functools import partial

from flask import Blueprint, render_template

from base import texts
from catalogue import agencies, forms, places, services
from catalogue.shapes import FeeLine, Service, When
from feedback import publishing

from ..runtime import here

blueprint = Blueprint("guides", __name__)
_TOWN = "5"
_PUBLIC = 10


@blueprint.get("/services/<key>")
def guide(key: str) -> str:
    """The whole guide; what nobody has confirmed yet is marked."""
    db = here().db
    service = services.get(db, key)
    spots = places.handling(db, key)
    return render_template(
        "h5/guide.html",
        service=service,
        office=agencies.get(db, service.agency.id),
        near=[(each, places.is_open(each)) for each in spots if each.level <= _TOWN],
        stations=sum(each.level > _TOWN for each in spots),
        when=partial(condition, service),
        often=partial(quantity, service),
        public=publishing.shown(db, key, _PUBLIC),
    )


def condition(service: Service, when: When) -> str:
    """A condition over the answers in people's words."""
    field = next(each for each in forms.fields(service) if each["key"] == when["field"])
    wanted = when["equals"] if isinstance(when["equals"], list) else [when["equals"]]
    said = texts.say("h5.guide.or").join(forms.spoken(field, each) for each in wanted)
    return texts.say("h5.guide.when", label=field["label"], said=said)


def quantity(service: Service, line: FeeLine) -> str:
    """How often a fee is charged, where that depends on an answer; else nothing."""
    told = line["quantity"]
    if isinstance(told, int):
        return ""
    field = next(each for each in forms.fields(service) if each["key"] == told["field"])
    key = "beyond" if told.get("beyond") else "each"
    return texts.say(f"h5.guide.{key}", label=field["label"], free=told.get("beyond") or 0)

"""Find a service in plain words, and say what to bring, what it costs and how long it takes."""

from functools import lru_cache

from base import money
from catalogue import search
from catalogue.shapes import FeeLine, Material, Service

from .dialogue import say
from .exchange import Context, Links, Reply, Text

_LONGEST_QUERY = 60
_MATERIALS = 6
_FOUND = 5


def find(context: Context) -> Reply:
    """The guide of the best match and the names of the next; a helpful menu when none matches."""
    words = context.message.words[:_LONGEST_QUERY]
    found = search.find(context.db, words, limit=_FOUND)
    if not found:
        return Text(words=say("menu", words=words, home=context.links.home()))
    best, *others = found
    return Text(words=guide(best, context.links) + _others(tuple(others), context.links))


@lru_cache(maxsize=1000)
def guide(service: Service, links: Links) -> str:
    """A service in a few lines."""
    return say(
        "guide.one",
        name=service.name,
        materials=_materials(service.materials),
        fee=_fee(service),
        limit=service.limits["promised"]["text"] or service.limits["statutory"]["text"],
        place=say("guide.place", agency=service.agency.name, window=service.window),
        link=links.service(service.key),
        action=_action(service, links),
    )


def _action(service: Service, links: Links) -> str:
    """The way into the form, where there is one."""
    if not service.online["supported"]:
        return say("guide.counter_only")
    return say("guide.apply", link=links.form(service.key))


def _materials(materials: list[Material]) -> str:
    wanted = sorted(materials, key=lambda each: not each["required"])
    if not wanted:
        return say("guide.no_materials")
    named = [
        say("guide.material" if each["required"] else "guide.optional", name=each["name"])
        for each in wanted[:_MATERIALS]
    ]
    rest = say("guide.more_materials", count=len(wanted)) if len(wanted) > _MATERIALS else ""
    return "、".join(named) + rest


def _fee(service: Service) -> str:
    lines = service.fees["lines"] if service.fees["charged"] else []
    return "；".join(_line(each) for each in lines) or say("guide.free")


def _line(line: FeeLine) -> str:
    yuan = money.yuan(line["amount"]).removesuffix(".00")
    key = "guide.fee" if line["unit"] else "guide.fee_flat"
    return say(key, name=line["name"], yuan=yuan, unit=line["unit"])


@lru_cache(maxsize=1000)
def _others(others: tuple[Service, ...], links: Links) -> str:
    if not others:
        return ""
    named = [
        say("guide.other", name=each.short_name, link=links.service(each.key)) for each in others
    ]
    return say("guide.others", links="\n".join(named))

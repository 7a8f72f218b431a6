"""What the platform knows of everybody, asked from outside."""

from script.walk.web import Service
from script.walk.world import Person, Simulator

from .platform import Platform


def people(platform: Platform) -> list[Person]:
    """Everybody of the simulated world."""
    simulator = Simulator(platform.where.simulator)
    return [Person(simulator, each) for each in simulator.call("GET", "/people")["people"]]


def cases(platform: Platform) -> dict[str, set[str]]:
    """Everybody's cases with their states, by the person."""
    return {person.id: _cases(platform, person) for person in people(platform)}


def _cases(platform: Platform, person: Person) -> set[str]:
    program = Service(f"{platform.web}/api/v1")
    signed_in = program.call("POST", "/session", {"code": person.code("login")}, expect=201)
    program.token = signed_in["token"]
    rows = program.call("GET", "/cases")["cases"]
    return {f"{each['number']} {each['state']}" for each in rows}

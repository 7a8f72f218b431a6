"""Companies for tests of a town: their codes, and a company with its representative."""

import itertools
from contextlib import contextmanager
from datetime import timedelta

from base import clock
from base.identity_numbers import uscc_check_character
from people import companies

SERVICE = "no_criminal_record"
NAME = "郎溪县绿野茶业有限公司"
CLERK = "operator:chuangkou"
_codes = itertools.count(1)


def fresh_code():
    """A unified social credit code (GB 32100) that no other test has used."""
    body = f"91341821MA{next(_codes):07}"
    return body + uscc_check_character(body)


def registered(town, token, name=NAME):
    """The code of a new company of the resident with this token."""
    me, code = mine(town, token), fresh_code()
    return companies.register(town.db, code, name, representative=me, by=CLERK).uscc


def mine(town, token):
    """My resident id."""
    return town.call("GET", "/api/v1/me", token).json()["id"]


def with_agent(town, token, days=30):
    """(code of a new company, its new agent as a person with her token, the agent's last day)."""
    code, (agent, hers) = registered(town, token), town.citizen()
    until = clock.today() + timedelta(days=days)
    named = {"name": agent["name"], "id_number": agent["id_number"], "until": until}
    companies.appoint(town.db, code, mine(town, token), **named)
    return code, agent | {"token": hers}, until


@contextmanager
def only_for_companies(town, level):
    """For a while SERVICE is for companies only, by people of at least this standing."""
    row, told = {"_id": SERVICE}, town.db["services"].find_one({"_id": SERVICE})["content"]
    changed = {"content.service_objects": ["2"], "content.company_level": level}
    town.db["services"].update_one(row, {"$set": changed})
    try:
        yield
    finally:
        town.db["services"].update_one(row, {"$set": {"content": told}})

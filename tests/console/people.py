"""A resident with something to file, and an operator's browser."""

import secrets
import uuid
from urllib.parse import urlsplit

import requests

from people import operators
from script.walk.web import Browser
from tests.town import PASSWORD

REGION = "341821001001"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c"
    "6360606060000000050001a5f645400000000049454e44ae426082"
)


_COOKIES: dict[tuple[str, str, str], object] = {}


def signed_in(town, username, password=PASSWORD):
    """A browser in which this operator has signed in.

    The cookies of an earlier sign-in that still opens the door are used again: a password takes
    a quarter of a second to check.
    """
    browser, kept = Browser(town.web), _COOKIES.get((town.web, username, password))
    if kept is not None:
        browser.session.cookies.update(kept)
        if not urlsplit(browser.open("/console/").url).path.startswith("/console/sign-in"):
            return browser
        browser = Browser(town.web)
    form = browser.open("/console/sign-in").form("/console/sign-in")
    browser.send(form, {"username": username, "password": password})
    _COOKIES[town.web, username, password] = browser.session.cookies.copy()
    return browser


def operator(town, *roles, agency=None):
    """A new operator of these roles; returns the username."""
    username = f"t{secrets.token_hex(6)}"
    made = operators.Operator(username, f"测试{username}", roles, agency)
    operators.create(town.db, made, PASSWORD)
    return username


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def uploaded(town, token, name="证件.png"):
    answer = town.call("POST", "/api/v1/files", token, files={"file": (name, PICTURE)})
    return answer.json()["id"]


def filed(town, service="no_criminal_record", who=None, company=None, **answers):
    """A new case as its plain number; `who` is (person, token), else somebody new."""
    person, token = who or town.citizen()
    told = {
        "applicant_name": person["name"],
        "applicant_id_type": "111",
        "applicant_id_no": person["id_number"],
        "applicant_mobile": person["phone"],
        "applicant_region": REGION,
        "applicant_address": "幸福路1号",
        "is_agent": False,
        "result_delivery": "1",
    }
    own = {"no_criminal_record": {"purpose": "job"}, "id_card_renewal": {"apply_kind": "lost"}}
    papers = {"no_criminal_record": "proxy", "id_card_renewal": "hukou_or_other"}
    body = {
        "service": service,
        "answers": told | own[service] | answers,
        "files": {papers[service]: [uploaded(town, token)]},
        "company": company,
    }
    answer = town.call("POST", "/api/v1/cases", token, json=body, headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()["number"].replace("-", "")


def asked(town, who=None, kind="consultation", text="办证要带什么？", **more):
    """A new ticket as its plain number."""
    _, token = who or town.citizen()
    body = {"kind": kind, "text": text} | more
    answer = town.call("POST", "/api/v1/tickets", token, json=body, headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()["number"].replace("-", "")


def token_of(page):
    """The CSRF token that the first form of a page carries."""
    return dict(page.forms[-1].fields)["csrf_token"]


def naming(page, key, action=""):
    """The form of the row that names a document; others may have rows of their own."""
    fit = (form for form in page.forms if form.action.endswith(action))
    return next(form for form in fit if key in dict(form.fields).values())


def raw(town, method, path, **options):
    """A bare request of a stranger, redirects not followed."""
    return requests.request(method, town.web + path, allow_redirects=False, timeout=60, **options)

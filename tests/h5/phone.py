"""A resident with her phone: WeChat's web view and, beside it, the phone's own browser."""

import itertools
import struct
import zlib

import requests

from script.walk.web import Browser

SERVICE = "id_card_renewal"
FORM = f"/h5/services/{SERVICE}/apply"
TOWN = "341821100000"
_shades = itertools.count(1)


class Phone:
    """One person's phone in a town; `view` is WeChat's web view, `outside` the other browser."""

    def __init__(self, town, person):
        self.town, self.person = town, person
        self.view = Browser(town.browser)
        self.outside = Browser(town.browser.replace("127.0.0.1", "localhost"))
        for browser in (self.view, self.outside):
            browser.session.get(
                f"{browser.base}/_phone/as/{person['id']}?to=/h5/", allow_redirects=False
            )

    def open(self, path, expect=200):
        return self.view.open(path, expect)

    def send(self, form, values=None, files=None, expect=200):
        return self.view.send(form, values, files, expect)

    def sign_in(self, to="/h5/"):
        """Through WeChat's consent page and back."""
        page = self.open(f"/h5/sign-in?to={to}")
        return self.send(page.form("/connect/oauth2/"), {"decision": "allow"})

    def apply(self, **values):
        """The form filled in, sent, and looked at once more: the page that asks to confirm."""
        page = self.open(FORM)
        return self.send(page.form(FORM), answers(self.person, **values), photo())

    def case(self, **values):
        """A case filed through the pages; its plain number."""
        page = self.send(self.apply(**values).form(FORM), {"draft.do": "file"})
        return page.url.rpartition("/")[2].partition("?")[0]


def answers(person, **changed):
    return {
        "applicant_mobile": person["phone"],
        "applicant_region": TOWN,
        "applicant_address": "幸福路1号",
        "is_agent": "false",
        "apply_kind": "lost",
        "result_delivery": "1",
    } | changed


def photo(name="户口簿.png", key="hukou_or_other"):
    return {f"file.{key}": (name, picture())}


def picture():
    """A small picture no other test has sent."""
    shade = next(_shades) % 255
    lines = b"".join(b"\0" + bytes([shade, 90, 120]) * 40 for _ in range(30))
    header = struct.pack(">IIBBBBB", 40, 30, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def straight(town, path, **options):
    """Ask our own web as a stranger, past the phone."""
    method = options.pop("method", "GET")
    return requests.request(method, town.web + path, timeout=60, allow_redirects=False, **options)


def fields(form):
    return dict(form.fields)

"""The second chapter: one resident, whichever door she comes in by, and proven to be herself."""

from .story import WORDS, Resident, Story, expect
from .web import Page


def enter(story: Story) -> None:
    """Sign in to the pages by WeChat's consent."""
    page = open_signed_in(story["her"], "/h5/me")
    expect(page.url.endswith("/h5/me"), f"came back to {page.url}")


def open_signed_in(resident: Resident, to: str) -> Page:
    """Open a page of her own in WeChat, consenting where WeChat asks."""
    page = resident.phone.inside.open(f"/_phone/as/{resident.person.id}?to={to}")
    if "/connect/oauth2/authorize" in page.url:
        return resident.phone.inside.send(page.form("/connect/oauth2/"), {"decision": "allow"})
    return page


def large_letters(story: Story) -> None:
    """Switch to large letters, and back."""
    browser = story["her"].phone.inside
    for on, elder in (("1", True), ("0", False)):
        page = browser.open(f"/h5/elder?on={on}&to=/h5/")
        expect(('class="elder"' in page.answer.text) == elder, f"elder={on} shows {page.url}")


def agree(story: Story) -> None:
    """Read the agreement in the pages, and agree."""
    her = story["her"]
    page = her.phone.inside.open("/h5/register")
    expect(WORDS["pages"]["agreement"] in page.text, page.text[:200])
    her.phone.inside.send(page.form("/register/agreement"))


def sign_in(resident: Resident) -> None:
    """Sign in to the mini-program by a code of wx.login."""
    code = resident.person.code("login")
    resident.program.token = resident.program.call("POST", "/session", {"code": code}, expect=201)[
        "token"
    ]


def sign_in_again(story: Story) -> None:
    """Sign in to the mini-program: the same resident, who has agreed already."""
    her = story["her"]
    sign_in(her)
    me = her.program.call("GET", "/me")
    expect(me["agreement"], f"the mini-program knows nothing of the agreement: {me}")
    expect(me["level"] == 0, f"level {me['level']} before anything was proven")
    story.keep(her_id=me["id"])


def code_twice(story: Story) -> None:
    """A code of wx.login said twice, as by a double tap, is one person; an invented one nobody."""
    program, code = story["her"].program, story["her"].person.code("login")
    first, again = (program.call("POST", "/session", {"code": code}, expect=201) for _ in "12")
    expect(first["resident"]["id"] == again["resident"]["id"], str(again))
    program.call("POST", "/session", {"code": code[::-1]}, expect=401)


def phone(story: Story) -> None:
    """Confirm the phone number in the mini-program: level 1, and shown masked."""
    her = story["her"]
    me = her.program.call("POST", "/me/phone", {"code": her.person.code("phone")})
    expect(me["level"] == 1 and her.person.phone not in str(me), str(me))


def mismatch(story: Story) -> None:
    """Another's name to my identity number is refused."""
    her = story["her"]
    page = her.phone.inside.open("/h5/register/identity")
    stranger = story.newcomer().person
    proof = {"name": stranger.name, "id_number": her.person.id_number, "consent": "yes"}
    said = her.phone.inside.send(page.form("/register/identity"), proof, expect=422)
    expect(WORDS["pages"]["differs"] in said.text, said.text[:300])
    expect(her.program.call("GET", "/me")["level"] == 1, "the level rose all the same")


def check_down(story: Story) -> None:
    """While the identity check is down she is told to try later, and is asked nothing twice."""
    her = story["her"]
    fault = {"endpoint": "IdCardVerification", "kind": "error", "code": "InternalError"}
    story.simulator.call("POST", "/faults", fault | {"times": 3}, expect=201)
    page = her.phone.inside.open("/h5/register/identity")
    proof = {"name": her.person.name, "id_number": her.person.id_number, "consent": "yes"}
    said = her.phone.inside.send(page.form("/register/identity"), proof, expect=503)
    story.simulator.call("DELETE", "/faults")
    kept = dict(said.form("/register/identity").fields)
    expect(kept["name"] == her.person.name, "she has to write her name again")


def match(story: Story) -> None:
    """My own name is accepted: level 2 in the pages and in the mini-program."""
    her = story["her"]
    page = her.phone.inside.open("/h5/register/identity?to=/h5/me")
    proof = {"name": her.person.name, "id_number": her.person.id_number, "consent": "yes"}
    her.phone.inside.send(page.form("/register/identity"), proof)
    me = her.program.call("GET", "/me")
    expect(me["level"] == 2 and me["id"] == story["her_id"], str(me))
    expect(me["name"] and me["name"] != her.person.name, f"the name is shown as {me['name']}")


def register(resident: Resident) -> None:
    """Do all of it in the mini-program alone."""
    sign_in(resident)
    program, person = resident.program, resident.person
    program.call("POST", "/me/agreement", {"version": program.call("GET", "/agreement")["version"]})
    program.call("POST", "/me/phone", {"code": person.code("phone")})
    proof = {"name": person.name, "id_number": person.id_number, "consent": True}
    program.call("POST", "/me/identity", proof)


def allow(his: Resident, templates: list[str]) -> None:
    """Accept one popup, and report it as the mini-program does."""
    results = his.person.act("subscribe", template_ids=templates)["results"]
    told = {"popup": f"{templates[0]}-{his.person.id}", "answers": results}
    his.program.call("POST", "/subscriptions", told, expect=204)


def neighbour(story: Story) -> None:
    """A neighbour joins in the mini-program alone, and gives leave to tell him."""
    his = story.newcomer()
    register(his)
    known = his.program.call("GET", "/subscriptions")
    for popup in known["templates"] + known["once"]:
        allow(his, popup)
    story.keep(him=his)


STEPS = (
    enter,
    large_letters,
    agree,
    sign_in_again,
    code_twice,
    phone,
    mismatch,
    check_down,
    match,
    neighbour,
)

"""The chapter of her voice: a question in the chat, a complaint with a photograph and a place."""

from base64 import b64encode

from .applying import number_on
from .desk import plain
from .program import upload
from .story import WORDS, Story, expect
from .web import Failed, eventually, fresh_key

CHAT, TOLD, VOICE, PAGES = WORDS["chat"], WORDS["told"], WORDS["voice"], WORDS["pages"]
PLACE = WORDS["place"]
_AT = ("latitude", "longitude", "label")


def ask(story: Story) -> None:
    """Ask a question in the chat, in two messages, and get a number."""
    her = story["her"].person
    said = her.asks("text", content=CHAT["ask"])
    expect(CHAT["asked"] in said, said)
    said = her.asks("text", content=VOICE["question"].format(phone=her.phone, name=her.name))
    expect(CHAT["received"] in said, said)
    mine = story["her"].program.call("GET", "/tickets")["tickets"]
    if len(mine) != 1 or mine[0]["number"] not in said:
        raise Failed(f"told {said}, but hers are {mine}")
    story.keep(question=mine[0]["number"])
    her.told(mine[0]["number"], TOLD["ticket_received"])


def answer(story: Story) -> None:
    """The clerk finds it among the questions and answers; she is told and reads it."""
    clerk = story["clerk"]
    number = story["question"]
    page = clerk.open("/tickets?kind=consultation")
    expect(number in page.text, f"not among the questions: {page.text[:300]}")
    words = VOICE["answer"].format(number=number)
    clerk.answer(number, words)
    her = story["her"]
    her.person.told(number, TOLD["ticket_answered"])
    page = her.phone.inside.open(f"/h5/tickets/{plain(number)}")
    expect(words in page.text, f"she does not read the answer: {page.text[:300]}")


def rate_answer(story: Story) -> None:
    """She rates the answer, once."""
    her, number = story["her"], plain(story["question"])
    form = her.phone.inside.open(f"/h5/tickets/{number}").form("/rating")
    grade = {"grade": "satisfied", "words": VOICE["praise"]}
    page = her.phone.inside.send(form, grade)
    expect(VOICE["praise"] in page.text, page.text[:300])
    again = {"grade": "very_dissatisfied"}
    her.program.call("POST", f"/tickets/{number}/rating", again, expect=409)


def complain(story: Story) -> None:
    """She complains in the pages with a photograph and a place, and is told."""
    her = story["her"]
    page = her.phone.inside.open("/h5/complain")
    written = {
        "draft.do": "check",
        "category": "surroundings",
        "text": VOICE["complaint"].format(name=her.person.name),
        "place": PLACE["label"],
        "latitude": str(PLACE["latitude"]),
        "longitude": str(PLACE["longitude"]),
    }
    photo = (f"{her.person.name}.png", story.papers.photo, "image/png")
    form = page.form("/complain")
    page = her.phone.inside.send(form, written, {"file.photos": photo})
    expect(PLACE["label"] in page.text, page.text[:300])
    story.keep(complaint=number_on(page))
    her.person.told(story["complaint"], TOLD["ticket_received"])


def remedy(story: Story) -> None:
    """The clerk sees photograph and place, answers; she is told, and rates it badly."""
    clerk, number = story["clerk"], story["complaint"]
    page = clerk.open(f"/tickets/{plain(number)}")
    expect(PLACE["label"] in page.text, f"no place: {page.text[:400]}")
    files = [url for url, _ in page.links if "/files/" in url]
    if not files:
        raise Failed("no photograph to look at")
    content = clerk.browser.open(files[0]).answer.content
    expect(story.papers.survives(content), "the photograph is not the one she sent")
    clerk.answer(number, VOICE["remedy"])
    her = story["her"]
    her.person.told(number, TOLD["ticket_answered"])
    grade = {"grade": "dissatisfied", "words": VOICE["worse"]}
    her.program.call("POST", f"/tickets/{plain(number)}/rating", grade)


def complain_in_chat(story: Story) -> None:
    """She complains in the chat as well: words, a photograph, a place; and gets a number."""
    her = story["her"].person
    her.asks("text", content=CHAT["complain"])
    her.asks("text", content=VOICE["complaint"].format(name=her.name))
    photo = b64encode(story.papers.photo).decode()
    said = her.asks("image", data=photo, content_type="image/png")
    expect(CHAT["photo"] in said, said)
    her.asks("text", content=CHAT["done"])
    said = her.asks("location", **{key: PLACE[key] for key in _AT})
    expect(CHAT["complained"] in said, said)
    number = story["her"].program.call("GET", "/tickets")["tickets"][0]["number"]
    expect(number in said, f"told {said}, but hers is {number}")
    her.told(number, TOLD["ticket_received"])
    story.keep(chat_complaint=number)


def remedy_in_chat(story: Story) -> None:
    """The clerk finds its photograph, fetched from WeChat, and answers; she is told."""
    clerk, number = story["clerk"], story["chat_complaint"]

    def fetched() -> list[str]:
        page = clerk.open(f"/tickets/{plain(number)}")
        expect(PLACE["label"] in page.text, f"no place: {page.text[:400]}")
        return [url for url, _ in page.links if "/files/" in url]

    files = eventually(fetched, "the photograph to be fetched from WeChat")
    content = clerk.browser.open(files[0]).answer.content
    expect(story.papers.survives(content), "the photograph is not the one she sent")
    clerk.answer(number, VOICE["remedy"])
    story["her"].person.told(number, TOLD["ticket_answered"])


def human(story: Story) -> None:
    """Ask for a human: be told that one comes, or when one is there; and leave again."""
    her = story["her"].person
    expect(CHAT["staff"] in her.asks("text", content=CHAT["human"]), "no word of a human")
    expect(her.asks("text", content=CHAT["leave"]), "no way out")


def neighbour_complains(story: Story) -> None:
    """The neighbour complains in the mini-program, tapping twice; one complaint is answered."""
    his = story["him"]
    photo = upload(his, story.papers.photo, f"{his.person.name}.png")
    place = {key: PLACE[key] for key in _AT}
    body = {
        "kind": "complaint",
        "text": VOICE["complaint"].format(name=his.person.name),
        "category": "surroundings",
        "files": [photo],
        "place": place,
    }
    key = fresh_key()
    taps = [his.program.call("POST", "/tickets", body, key=key, expect=201) for _ in range(2)]
    expect(taps[0]["number"] == taps[1]["number"], "the second tap made a second complaint")
    story["clerk"].answer(taps[0]["number"], VOICE["remedy"])
    his.person.told(taps[0]["number"], TOLD["ticket_answered"])


STEPS = (
    ask,
    answer,
    rate_answer,
    complain,
    remedy,
    complain_in_chat,
    remedy_in_chat,
    human,
    neighbour_complains,
)

"""The first chapter: a stranger finds the official account and talks to it."""

from .story import WORDS, Story, expect
from .web import Browser, Failed

CHAT = WORDS["chat"]
PLACE = WORDS["place"]


def ready(story: Story) -> None:
    """The platform says that it is ready."""
    page = Browser(story.where.web).open("/readyz")
    expect(page.answer.json()["status"] == "ok", page.answer.text)


def verified(story: Story) -> None:
    """WeChat verifies the addresses of both accounts."""
    for account in ("oa", "mp"):
        said = story.simulator.call("POST", f"/verify/{account}", {})
        expect(said["verified"], str(said))


def follow(story: Story) -> None:
    """Follow by a counter's code, and be welcomed."""
    story.keep(her=story.newcomer())
    said = story["her"].person.asks("scan", scene="counter-341821-01")
    expect(CHAT["welcome"] in said, said)


def find(story: Story) -> None:
    """Say in plain words what is needed, and get the right guide with its link."""
    said = story["her"].person.asks("text", content=CHAT["need"])
    expect(CHAT["found"] in said and "/h5/services/id_card_renewal" in said, said)


def speak(story: Story) -> None:
    """Say it by voice."""
    said = story["her"].person.asks("voice", recognition=CHAT["spoken"])
    expect(CHAT["spoken_found"] in said, said)


def tap(story: Story) -> None:
    """Tap the menu: no cases yet."""
    said = story["her"].person.asks("menu", key="my_cases")
    expect(CHAT["nothing_filed"] in said, said)


def owe_nothing(story: Story) -> None:
    """Ask what I owe: nothing."""
    said = story["her"].person.asks("text", content=CHAT["owed"])
    expect(CHAT["nothing_owed"] in said, said)


def near(story: Story) -> None:
    """Send a position, and be told the nearest service points."""
    at = {key: PLACE[key] for key in ("latitude", "longitude", "label")}
    said = story["her"].person.asks("location", **at)
    expect(CHAT["near"] in said and CHAT["nearest"] in said, said)


def once(story: Story) -> None:
    """A message that WeChat delivers four times is answered once."""
    her = story["her"].person
    count = len(her.chat())
    done = her.act("text", content=CHAT["owed"], push={"duplicates": 2, "parallel": 1})
    replies = {each["reply"] for each in done["deliveries"] if each["outcome"] == "replied"}
    outcomes = [each["outcome"] for each in done["deliveries"]]
    expect(outcomes and set(outcomes) <= {"accepted", "replied"}, f"outcomes {outcomes}")
    said = [line for line in her.chat() if line["n"] > count and line["side"] == "account"]
    if len({line["text"] for line in said}) != 1:
        raise Failed(f"answered {len(said)} times: {replies}")


def forge(story: Story) -> None:
    """A push with a wrong signature is not answered."""
    for how in ("signature", "missing", "appid", "garbage"):
        push = {"forge": how, "deliveries": 1}
        done = story["her"].person.act("text", content=CHAT["owed"], push=push)
        outcomes = [each["outcome"] for each in done["deliveries"]]
        expect("replied" not in outcomes, f"forged by {how} and yet {outcomes}")


STEPS = (ready, verified, follow, find, speak, tap, owe_nothing, near, once, forge)

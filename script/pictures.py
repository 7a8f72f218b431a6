"""The README's pictures: a story is walked; then phone, guide and desk are photographed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from .walk import applying, arriving, deciding, filling, handling, joining, paying
from .walk.__main__ import arguments, where
from .walk.papers import Papers
from .walk.story import WORDS, Result, Step, Story, walk

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
_WIDE: ViewportSize = {"width": 1440, "height": 900}
_PHONE: ViewportSize = {"width": 390, "height": 844}
_FLAGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
_STORY: tuple[Step, ...] = (
    arriving.find,
    joining.enter,
    joining.agree,
    joining.sign_in_again,
    joining.phone,
    joining.match,
    applying.apply,
    handling.sign_in,
    handling.accept,
    paying.open_sheet,
    paying.pay,
    deciding.approve,
)


def main() -> int:
    """Walk, photograph, say what was written; 1 when the walk did not come to its end."""
    given = arguments()
    story = Story(where(given), Papers(given.marker))
    story.keep(her=story.resident(WORDS["pictures"]["name"], follow=True))
    results = walk(story, _STORY, _say)
    if not all(each.passed for each in results):
        return 1
    _fill_desk(story)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _chromium() as browser:
        for take, name in ((phone, "phone"), (guide, "guide"), (console, "console")):
            narrow = take is guide
            size = _PHONE if narrow else _WIDE
            scale = 2 if narrow else 1
            with browser.new_page(locale="zh-CN", viewport=size, device_scale_factor=scale) as page:
                take(story, page)
                page.screenshot(path=FOLDER / f"{name}.png")
                print(f"docs/pictures/{name}.png", flush=True)
    return 0


def _say(step: Result) -> None:
    if not step.passed:
        print(f"FAIL {step.name}\n     {step.error}", file=sys.stderr, flush=True)


def _fill_desk(story: Story) -> None:
    """Some neighbours apply, so that the desk has something to do."""
    for name, service in WORDS["pictures"]["neighbours"].items():
        his = story.resident(name)
        joining.register(his)
        filling.apply_for(story, his, service)


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        opened = driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield opened
        opened.close()


def phone(story: Story, page: Page) -> None:
    """The simulated phone: her chat, and the page of her case beside it."""
    her, case = story["her"].person, story["case"].replace("-", "")
    page.goto(f"{story.where.simulator}/phone/?person={her.id}")
    page.wait_for_selector("body[data-ready]")
    page.click(f"text={WORDS['pictures']['account']}")
    page.evaluate(f"import('/phone/static/web.js').then((web) => web.open('/h5/cases/{case}'))")
    page.frame_locator("#web").locator("h1").wait_for()
    page.wait_for_timeout(1500)


def guide(story: Story, page: Page) -> None:
    """The guide of a service, as a phone shows it."""
    her = story["her"].person
    base = f"http://127.0.0.1:{story.where.browser_port}"
    page.goto(f"{base}/_phone/as/{her.id}?to=/h5/services/{applying.SERVICE}")
    page.locator("h1").wait_for()


def console(story: Story, page: Page) -> None:
    """What awaits the clerk."""
    page.goto(f"{story.where.web}/console/sign-in")
    page.fill("[name=username]", handling.CLERK)
    page.fill("[name=password]", story.where.password)
    page.press("[name=password]", "Enter")
    page.locator("h1").wait_for()


if __name__ == "__main__":
    sys.exit(main())

"""WeRoBot saying back what it hears, in safe mode and without its session store."""

import os
from typing import Any

import werobot  # type: ignore[import-not-found]  # in an environment of its own, script/locks/bench.txt

robot = werobot.WeRoBot(
    token=os.environ["TOKEN"],
    encoding_aes_key=os.environ["AES_KEY"],
    app_id=os.environ["APPID"],
    enable_session=False,
)


@robot.text  # type: ignore[untyped-decorator]  # as above
def echo(message: Any) -> Any:
    """Say it back."""
    return message.content


app = robot.wsgi

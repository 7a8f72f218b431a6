"""WeChat Pay's fund-flow bill: only its last line, what came into the account and what left it.

(payments.md 1.9; counts are printed as `20.0`)
"""

from typing import Final

from .. import days
from .lines import Damaged, fen

_BOM: Final = b"\xef\xbb\xbf"


def flow(content: bytes) -> list[int]:
    """Fen that came in and fen that left; nothing for a wallet without such a bill.

    Raises Damaged when there is one and it has no summary.
    """
    if not content:
        return []
    try:
        lines = content.removeprefix(_BOM).decode().split()
    except UnicodeDecodeError as error:
        raise Damaged("encoding") from error
    layout = days.table()["formats"]["wechat_funds"]
    names = lines[-2].split(",") if len(lines) > 1 else []
    values = [each.removeprefix("`") for each in lines[-1].split(",")] if names else []
    said = dict(zip(names, values, strict=False))
    try:
        return [fen(said[layout["came"]]), fen(said[layout["left"]])]
    except KeyError as error:
        raise Damaged("cut_off") from error

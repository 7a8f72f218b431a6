"""The wallets we take money through: one file and one row each.

To add a wallet: its file with the verbs of `wallet.Wallet`, a row in WALLETS, its settings in
WalletSettings, its simulator in simulator/wallets/, and its notices' path in app/notices.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .alipay import Alipay, AlipaySettings
from .apiv3 import WeChatSettings
from .unionpay import UnionPay
from .unionpay_wire import UnionPaySettings
from .wallet import Forged, Notice, Payer, PayerNeeded, Wallet
from .wechat import WeChatPay

__all__ = [
    "WALLETS",
    "AlipaySettings",
    "Forged",
    "Notice",
    "Payer",
    "PayerNeeded",
    "Row",
    "UnionPaySettings",
    "Wallet",
    "WalletSettings",
    "Wallets",
    "WeChatSettings",
    "build",
]

Wallets = Mapping[str, Wallet]


@dataclass(frozen=True)
class WalletSettings:
    """What each wallet needs to know, filled by app; a wallet without settings is not offered."""

    wechat: WeChatSettings | None = None
    alipay: AlipaySettings | None = None
    unionpay: UnionPaySettings | None = None


@dataclass(frozen=True)
class Row:
    """One wallet: the letter its order numbers carry, and how it is built."""

    letter: str
    build: Callable[[WalletSettings], Wallet | None]


WALLETS: Mapping[str, Row] = {
    "wechat": Row("W", lambda given: WeChatPay(given.wechat) if given.wechat else None),
    "alipay": Row("A", lambda given: Alipay(given.alipay) if given.alipay else None),
    "unionpay": Row("U", lambda given: UnionPay(given.unionpay) if given.unionpay else None),
}


def build(settings: WalletSettings) -> Wallets:
    """Every wallet that has settings, ready to use; raises ValueError when a key is unreadable."""
    built = {name: row.build(settings) for name, row in WALLETS.items()}
    return {name: wallet for name, wallet in built.items() if wallet is not None}

"""What one process holds: settings, store, queue, and a door to every partner."""

import os
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal

import redis
from flask import current_app
from redis.backoff import NoBackoff
from redis.retry import Retry

from base import clock, privacy, store
from base.errors import Unreachable
from config.settings import Settings
from handlers import table
from payments import trust, wallets
from payments.wallets.nontax import Finance
from payments.wallets.nontax_wire import NontaxSettings

from . import county, identity_check, logs, sms
from .wechat import envelope
from .wechat.envelope import Channel
from .wechat.gateway import Gateway


@dataclass(frozen=True)
class Runtime:
    """Built once per process, after any fork, and passed to whoever needs it."""

    settings: Settings
    db: store.Database
    redis: "redis.Redis"
    wechat: Gateway
    wallets: wallets.Wallets
    identity: identity_check.Check
    answers: table.Rows = field(default_factory=dict)
    sms: "sms.Sender | None" = None
    finance: Finance | None = None

    @cached_property
    def channels(self) -> dict[Literal["oa", "mp"], Channel]:
        """Where WeChat pushes to, by account."""
        return {account: envelope.channel(self.settings, account) for account in ("oa", "mp")}

    def close(self) -> None:
        """Let the connections go, where a process goes on without them."""
        self.db.client.close()
        self.redis.close()


def build(settings: Settings) -> Runtime:
    """Connect to everything; partners are called only when they are needed."""
    logs.start(settings.log_level)
    privacy.load(settings.privacy_keys)
    db = store.connect(settings.mongodb_uri)
    if settings.loopback:
        clock.follow(db)
    shelf = _queue(settings.redis_url)
    wechat = Gateway.connect(settings, shelf, db)
    return Runtime(
        settings=settings,
        db=db,
        redis=shelf,
        wechat=wechat,
        wallets=wallets.build(_wallets(settings, db)),
        identity=_identity(settings),
        answers=county.answers(settings.chat_answers),
        sms=sms.connect(settings, wechat.oa.valves),
        finance=_finance(settings),
    )


def _queue(url: str) -> "redis.Redis":
    """Redis, whose lost connection is made once more, while its silence is not waited for twice."""
    again = Retry(NoBackoff(), 1, (redis.ConnectionError,))
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=again)


def here() -> Runtime:
    """The runtime of the application that answers this request."""
    found = current_app.extensions["runtime"]
    assert isinstance(found, Runtime)
    return found


class _Own:
    """The runtime of this process, kept with the pid that built it."""

    runtime: Runtime | None = None
    pid = 0


def of_this_process() -> Runtime:
    """The runtime of a worker's process, built from the environment on first use after a fork."""
    if _Own.runtime is None or _Own.pid != os.getpid():
        _Own.runtime, _Own.pid = build(Settings.from_env(os.environ)), os.getpid()
    return _Own.runtime


def _wallets(settings: Settings, db: store.Database) -> wallets.WalletSettings:
    return wallets.WalletSettings(
        wechat=_wechat_pay(settings, db), alipay=_alipay(settings), unionpay=_unionpay(settings)
    )


def _wechat_pay(settings: Settings, db: store.Database) -> wallets.WeChatSettings | None:
    if not settings.wechat_pay_mchid:
        return None
    key = settings.wechat_pay_public_key_id
    return wallets.WeChatSettings(
        api_url=settings.wechat_pay_api_url,
        mchid=settings.wechat_pay_mchid,
        cert_serial=settings.wechat_pay_cert_serial,
        private_key=settings.wechat_pay_private_key,
        apiv3_key=settings.wechat_pay_apiv3_key,
        public_keys={key: settings.wechat_pay_public_key} if key else {},
        notify_url=f"{settings.public_url}/notices/wechat-pay",
        appids=frozenset({settings.wechat_oa_appid, settings.wechat_mp_appid}),
        held=partial(trust.held, db),
    )


def _alipay(settings: Settings) -> wallets.AlipaySettings | None:
    if not settings.alipay_app_id:
        return None
    return wallets.AlipaySettings(
        gateway_url=settings.alipay_gateway_url,
        app_id=settings.alipay_app_id,
        seller_id=settings.alipay_seller_id,
        private_key=settings.alipay_private_key,
        public_key=settings.alipay_public_key,
        notify_url=f"{settings.public_url}/notices/alipay",
    )


def _unionpay(settings: Settings) -> wallets.UnionPaySettings | None:
    if not settings.unionpay_merchant:
        return None
    return wallets.UnionPaySettings(
        api_url=settings.unionpay_api_url,
        file_url=settings.unionpay_file_url,
        merchant=settings.unionpay_merchant,
        cert=settings.unionpay_cert,
        private_key=settings.unionpay_private_key,
        root_cert=settings.unionpay_root_cert,
        middle_cert=settings.unionpay_middle_cert,
        signer=settings.unionpay_signer,
        notify_url=f"{settings.public_url}/notices/unionpay",
    )


def _finance(settings: Settings) -> Finance | None:
    """The line to the province's finance system, where the county has one."""
    if not settings.nontax_api_url:
        return None
    given = NontaxSettings(
        api_url=settings.nontax_api_url,
        app_id=settings.nontax_app_id,
        secret=settings.nontax_secret,
        unit=settings.nontax_unit,
        region=settings.nontax_region,
        notify_url=f"{settings.public_url}/notices/nontax",
    )
    return Finance(given)


def _identity(settings: Settings) -> identity_check.Check:
    if not settings.tencent_secret_id:
        return _no_identity_check
    return identity_check.checker(
        settings.identity_api_url, settings.tencent_secret_id, settings.tencent_secret_key
    )


def _no_identity_check(_name: str, _id_number: str) -> None:
    """Stand where a county has no identity check: real names are verified at the window."""
    raise Unreachable("identity", retry=False, reason="not set up")

"""Every setting of the platform: read once from the environment, typed, complete or fatal."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import rules


class BadSettings(Exception):
    """The environment is not complete; `faults` names everything that is wrong, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def setting(about: str, default: Any = None, *, secret: bool = False, group: str = "") -> Any:
    """One setting; without a default it must be given, in a group all are given or none."""
    metadata = {"help": about, "secret": secret, "group": group, "default": default}
    return dataclasses.field(metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The settings by their environment names in lower case; each may also come from NAME_FILE."""

    mongodb_uri: str = setting("MongoDB address, with the database name", secret=True)
    redis_url: str = setting("Redis or Valkey address", secret=True)
    public_url: str = setting("the address residents and operators reach us at, without a slash")
    secret_key: str = setting("signs sessions, tokens and pay links; 32 bytes or more", secret=True)
    privacy_keys: str = setting(
        "`id:base64 of 32 bytes`, …; the first seals, all open", secret=True
    )
    trusted_proxies: int = setting("reverse proxies whose X-Forwarded-* headers we believe", 0)
    log_level: str = setting("DEBUG, INFO, WARNING or ERROR", "INFO")

    wechat_api_url: str = setting("WeChat server API", "https://api.weixin.qq.com")
    wechat_open_url: str = setting("WeChat web authorisation", "https://open.weixin.qq.com")
    wechat_mp_web_url: str = setting("where QR tickets become pictures", "https://mp.weixin.qq.com")
    chat_answers: str = setting("python module whose ROWS are this county's own answers", "")
    worker_threads: int = setting("effects one worker process keeps at a time", 16)
    wechat_push_window_seconds: int = setting("how old a push may be; 0 = any age", 900)
    wechat_oa_appid: str = setting("official account: appid")
    wechat_oa_secret: str = setting("official account: AppSecret", secret=True)
    wechat_oa_token: str = setting("official account: token of the push URL", secret=True)
    wechat_oa_aes_key: str = setting("official account: EncodingAESKey, 43 signs", secret=True)
    wechat_oa_mode: str = setting("official account: safe, compatible or plain", "safe")
    wechat_mp_appid: str = setting("mini-program: appid")
    wechat_mp_secret: str = setting("mini-program: AppSecret", secret=True)
    wechat_mp_token: str = setting("mini-program: token of the push URL", secret=True)
    wechat_mp_aes_key: str = setting("mini-program: EncodingAESKey, 43 signs", secret=True)
    wechat_mp_mode: str = setting("mini-program: safe, compatible or plain", "safe")
    wechat_mp_format: str = setting("mini-program: json or xml pushes", "json")

    wechat_pay_api_url: str = setting("WeChat Pay APIv3", "https://api.mch.weixin.qq.com")
    wechat_pay_mchid: str = setting("WeChat Pay: merchant number", group="wechat_pay")
    wechat_pay_cert_serial: str = setting(
        "WeChat Pay: serial of the merchant certificate, hex", group="wechat_pay"
    )
    wechat_pay_private_key: str = setting(
        "WeChat Pay: merchant private key, PEM", secret=True, group="wechat_pay"
    )
    wechat_pay_apiv3_key: str = setting("WeChat Pay: APIv3 key", secret=True, group="wechat_pay")
    wechat_pay_public_key_id: str = setting("WeChat Pay: PUB_KEY_ID_…", group="wechat_pay_key")
    wechat_pay_public_key: str = setting(
        "WeChat Pay: its public key, PEM; without it, platform certificates are fetched",
        group="wechat_pay_key",
    )

    alipay_gateway_url: str = setting("Alipay gateway", "https://openapi.alipay.com/gateway.do")
    alipay_app_id: str = setting("Alipay: app id", group="alipay")
    alipay_seller_id: str = setting("Alipay: seller id (2088…)", group="alipay")
    alipay_private_key: str = setting("Alipay: our private key, PEM", secret=True, group="alipay")
    alipay_public_key: str = setting("Alipay: its public key, PEM", group="alipay")

    unionpay_api_url: str = setting("UnionPay gateway", "https://gateway.95516.com")
    unionpay_file_url: str = setting("UnionPay files", "https://filedownload.95516.com")
    unionpay_merchant: str = setting("UnionPay: merchant number, 15 digits", group="unionpay")
    unionpay_cert: str = setting("UnionPay: our signing certificate, PEM", group="unionpay")
    unionpay_private_key: str = setting(
        "UnionPay: the key of that certificate, PEM", secret=True, group="unionpay"
    )
    unionpay_root_cert: str = setting("UnionPay: its root certificate, PEM", group="unionpay")
    unionpay_middle_cert: str = setting(
        "UnionPay: its intermediate certificate, PEM", group="unionpay"
    )
    unionpay_signer: str = setting(
        "UnionPay: the name in the certificates it signs with", group="unionpay"
    )

    nontax_api_url: str = setting("non-tax revenue system of the province", group="nontax")
    nontax_app_id: str = setting("non-tax: our application there", group="nontax")
    nontax_secret: str = setting("non-tax: the secret we share", secret=True, group="nontax")
    nontax_unit: str = setting("non-tax: code of the collecting unit", group="nontax")
    nontax_region: str = setting("non-tax: code of our region, 6 digits", group="nontax")

    identity_api_url: str = setting("Tencent Cloud faceid", "https://faceid.tencentcloudapi.com")
    tencent_secret_id: str = setting("Tencent Cloud: SecretId", secret=True, group="tencent")
    tencent_secret_key: str = setting("Tencent Cloud: SecretKey", secret=True, group="tencent")

    sms_api_url: str = setting("Tencent Cloud SMS", "https://sms.tencentcloudapi.com")
    sms_app_id: str = setting("SMS: SdkAppId", group="sms")
    sms_sign: str = setting("SMS: signature text", group="sms")
    quiet_hours: str = setting("when only urgent messages are sent, or `off`", "21:00-08:00")

    @property
    def loopback(self) -> bool:
        """Whether our partners are the simulator; only then may the clock be moved."""
        return rules.is_loopback(self.wechat_api_url)

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check everything; raises BadSettings with all faults at once."""
        faults: list[str] = []
        given = {each.name: _read(each.name, environment, faults) for each in _fields()}
        _complete(given, faults)
        values = {each.name: _typed(each, given[each.name], faults) for each in _fields()}
        faults += rules.faults(values)
        if faults:
            raise BadSettings(faults)
        return cls(**values)  # type: ignore[arg-type]  # _typed made each what its field says


def _fields() -> tuple["dataclasses.Field[Any]", ...]:
    return dataclasses.fields(Settings)


def _read(name: str, environment: Mapping[str, str], faults: list[str]) -> str | None:
    """The value of NAME or the contents of the file that NAME_FILE names."""
    upper = name.upper()
    path = environment.get(f"{upper}_FILE")
    if path is None:
        return environment.get(upper) or None
    if upper in environment:
        faults.append(f"{upper}: give either {upper} or {upper}_FILE, not both")
    try:
        return Path(path).read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{upper}_FILE: cannot read {path}: {type(error).__name__}")
        return None


def _complete(given: Mapping[str, str | None], faults: list[str]) -> None:
    """Complain about what is missing: singles that are needed, groups that are half given."""
    for each in _fields():
        group = each.metadata["group"]
        alone = not group and each.metadata["default"] is None
        members = [one.name for one in _fields() if group and one.metadata["group"] == group]
        wanted = alone or any(given[name] for name in members)
        if wanted and given[each.name] is None:
            why = f" (the {group} settings are given all or none)" if group else ""
            faults.append(f"{each.name.upper()}: missing: {each.metadata['help']}{why}")


def _typed(field: "dataclasses.Field[Any]", text: str | None, faults: list[str]) -> str | int:
    default = field.metadata["default"]
    if text is None:
        return default if default is not None else ""
    if field.type is not int:
        return text
    if not (text.isascii() and text.isdigit()):
        faults.append(f"{field.name.upper()}: must be a whole number")
        return 0
    return int(text)

"""Settings are complete or the process does not start, and every fault is named at once."""

import base64
import os

import pytest

from config.settings import BadSettings, Settings
from script import demo


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    kept = demo.secrets_of(tmp_path_factory.mktemp("demo"))
    return demo.environment(kept, demo.Ports.from_base(8000))


def faults(environment):
    with pytest.raises(BadSettings) as found:
        Settings.from_env(environment)
    return found.value.faults


def test_the_demonstration_has_sound_settings(sound):
    settings = Settings.from_env(sound)
    assert settings.loopback
    assert settings.wechat_oa_mode == "safe"
    assert settings.trusted_proxies == 0


def test_an_empty_environment_names_every_missing_setting_at_once():
    named = {line.split(":")[0] for line in faults({})}
    assert {"MONGODB_URI", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "PRIVACY_KEYS"} <= named


def test_no_secret_has_a_default():
    assert not [
        each.name
        for each in Settings.__dataclass_fields__.values()
        if each.metadata["secret"] and each.metadata["default"]
    ]


def test_a_secret_may_come_from_a_file(sound, tmp_path):
    path = tmp_path / "key"
    path.write_text("f" * 40 + "\n")
    given = {name: value for name, value in sound.items() if name != "SECRET_KEY"}
    assert Settings.from_env(given | {"SECRET_KEY_FILE": str(path)}).secret_key == "f" * 40


def test_a_file_that_cannot_be_read_is_named(sound):
    given = {name: value for name, value in sound.items() if name != "SECRET_KEY"}
    assert any("SECRET_KEY_FILE" in line for line in faults(given | {"SECRET_KEY_FILE": "/no"}))


def test_a_value_and_a_file_at_once_are_refused(sound, tmp_path):
    path = tmp_path / "key"
    path.write_text("f" * 40)
    assert any("not both" in line for line in faults(sound | {"SECRET_KEY_FILE": str(path)}))


def test_half_a_wallet_is_refused(sound):
    given = {name: value for name, value in sound.items() if name != "ALIPAY_APP_ID"}
    assert any(line.startswith("ALIPAY_APP_ID: missing") for line in faults(given))


def test_a_county_without_alipay_is_complete(sound):
    group = ("ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY")
    given = {name: value for name, value in sound.items() if name not in group}
    assert Settings.from_env(given).alipay_app_id == ""


def test_a_county_without_a_finance_system_is_complete(sound):
    given = {name: value for name, value in sound.items() if not name.startswith("NONTAX")}
    assert Settings.from_env(given).nontax_api_url == ""


REAL = {
    "WECHAT_API_URL": "https://api.weixin.qq.com",
    "WECHAT_OPEN_URL": "https://open.weixin.qq.com",
    "WECHAT_MP_WEB_URL": "https://mp.weixin.qq.com",
    "WECHAT_PAY_API_URL": "https://api.mch.weixin.qq.com",
    "ALIPAY_GATEWAY_URL": "https://openapi.alipay.com/gateway.do",
    "UNIONPAY_API_URL": "https://gateway.95516.com",
    "UNIONPAY_FILE_URL": "https://filedownload.95516.com",
    "NONTAX_API_URL": "https://fs.czt.ah.gov.cn/nontax",
    "IDENTITY_API_URL": "https://faceid.tencentcloudapi.com",
    "SMS_API_URL": "https://sms.tencentcloudapi.com",
    "PUBLIC_URL": "https://zwfw.example.gov.cn",
}


def test_real_partners_need_only_other_values(sound):
    assert not Settings.from_env(sound | REAL).loopback


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"WECHAT_API_URL": "https://evil.example"}, "WECHAT_API_URL: must be https to"),
        ({"NONTAX_API_URL": "https://gov.cn.example"}, "NONTAX_API_URL: must be https to"),
        ({"WECHAT_API_URL": "http://localhost:9"}, "WECHAT_API_URL: must be https to"),
        ({"WECHAT_API_URL": "https://api.weixin.qq.com"}, "all partners are simulated or none"),
        ({"PUBLIC_URL": "https://zwfw.example.gov.cn"}, "PUBLIC_URL: must be http to a loopback"),
        ({"PUBLIC_URL": "http://127.0.0.1:1/"}, "must not end in a slash"),
        (REAL | {"PUBLIC_URL": "http://127.0.0.1:1"}, "PUBLIC_URL: must be https"),
        ({"WECHAT_OA_MODE": "naked"}, "WECHAT_OA_MODE: must be one of"),
        ({"WECHAT_OA_AES_KEY": "short"}, "WECHAT_OA_AES_KEY: must be 43"),
        ({"WECHAT_PAY_APIV3_KEY": "short"}, "WECHAT_PAY_APIV3_KEY: must be 32 bytes"),
        ({"WECHAT_PAY_PRIVATE_KEY": "x"}, "WECHAT_PAY_PRIVATE_KEY: must be PEM"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: must be 32 bytes"),
        ({"PRIVACY_KEYS": "a:b"}, "PRIVACY_KEYS: each must be"),
        ({"PRIVACY_KEYS": "a.b:" + base64.b64encode(os.urandom(32)).decode()}, "PRIVACY_KEYS"),
        ({"QUIET_HOURS": "9-17"}, "QUIET_HOURS: must be two times"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES: must be a whole number"),
    ],
)
def test_an_unsound_value_is_refused_with_its_reason(sound, change, word):
    assert any(word in line for line in faults(sound | change))

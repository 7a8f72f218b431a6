"""A runtime whose platform is scripted, on a store and a queue that are real."""

from tests.wechat.conftest import gateway, platform, runtime, settings

__all__ = ["gateway", "platform", "runtime", "settings"]

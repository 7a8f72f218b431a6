"""The WeChat channel: what the platform pushes to us and what we ask of it."""

from flask import Flask

from .views import ENTRIES, blueprint

__all__ = ["ENTRIES", "blueprint", "register"]


def register(app: Flask) -> None:
    """Open /wechat/oa and /wechat/mp."""
    app.register_blueprint(blueprint)

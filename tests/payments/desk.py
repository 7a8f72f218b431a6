"""Our door for notices, served on the port where the simulator believes us to be."""

from script.chaoses.money.desk import flask, serve_from

__all__ = ["flask", "serve_from"]

"""Fresh key pairs for one test run, as PEM text."""

from script.chaoses.money.keys import Format, dressed, private, public

__all__ = ["Format", "dressed", "private", "public"]

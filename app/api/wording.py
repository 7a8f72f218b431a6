"""Marshmallow's own messages in Chinese, so that every fault reads the same everywhere."""

from marshmallow import Schema, fields, validate

from base import texts


def speak_chinese() -> None:
    """Replace the library's English sentences by ours; once per process, the same every time."""
    words = texts.table("fields")
    for name, messages in words["messages"].items():
        getattr(fields, name).default_error_messages = {
            **getattr(fields, name).default_error_messages,
            **messages,
        }
    Schema.error_messages = {**Schema.error_messages, **words["schema"]}
    for name, messages in words["validators"].items():
        for attribute, message in messages.items():
            setattr(getattr(validate, name), attribute, message)

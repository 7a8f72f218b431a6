"""Data files read strictly: YAML that says a key twice, or cannot be read, is a fault."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError

from .faults import Fault, flat


class _Doubled(yaml.YAMLError):
    """A key said twice, of which YAML would silently keep the last."""

    def __init__(self, key: object) -> None:
        super().__init__(key)
        self.key = key


class _Reader(yaml.CSafeLoader):
    """Plain YAML, minus doubled keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise _Doubled(key.value)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read(path: Path, faults: list[Fault]) -> Any:
    """What a YAML file says; a file that says nothing sensible is None and leaves a fault."""
    try:
        return yaml.load(path.read_text("utf-8"), _Reader)  # noqa: S506 - a SafeLoader, made stricter
    except _Doubled as doubled:
        faults.append(Fault(path.name, str(doubled.key), "doubled_key"))
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 0
        faults.append(Fault(path.name, "-", f"not_yaml:{line}"))
    except (yaml.YAMLError, UnicodeDecodeError):
        faults.append(Fault(path.name, "-", "not_text_file"))
    except FileNotFoundError:
        faults.append(Fault(path.name, "-", "no_file"))
    return None


def load(path: Path, schema: Schema, faults: list[Fault]) -> Any:
    """A file read and checked against a schema; None, with every fault noted, when it fails."""
    before = len(faults)
    said = read(path, faults)
    if len(faults) > before:
        return None
    if not isinstance(said, dict):
        faults.append(Fault(path.name, "-", "not_table"))
        return None
    try:
        return schema.load(said)
    except ValidationError as wrong:
        faults += [Fault(path.name, field, code) for field, code in flat(wrong.messages)]
        return None

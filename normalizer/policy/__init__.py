"""The reviewed policy files and how they are read: once, strictly, and hashed.

Every ``*.yml`` beside this module is policy: merge tiers, thresholds and lookups. The module
that uses a file declares its shape and calls :func:`load`; a file that does not fit its shape
stops the program at import, so a typo can never silently change a canonical value.
"""

import hashlib
import re
from collections.abc import Hashable
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

_BOOL_TAG = "tag:yaml.org,2002:bool"


class PolicyError(ValueError):
    """A policy file is missing, is not YAML, or does not have its declared shape."""


class Shape(BaseModel):
    """Parent of every policy file's shape: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


ShapeT = TypeVar("ShapeT", bound=BaseModel)


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML without its two silent traps.

    A repeated key is refused (plain YAML lets the later row win), and only true and false are
    booleans (YAML 1.1 would read Norway's code NO and the word "off" as false).
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute, replaced, never changed.
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL_TAG]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


_UniqueKeyLoader.add_implicit_resolver(_BOOL_TAG, re.compile(r"^(?:true|false)$"), list("tf"))


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    mapping: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in mapping:
            raise PolicyError(f"repeated key {key!r} at line {key_node.start_mark.line + 1}")
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def parse(text: str, shape: type[ShapeT], name: str = "policy") -> ShapeT:
    """Read one policy document; raise :class:`PolicyError` naming the file and the fault."""
    try:
        return shape.model_validate(yaml.load(text, _UniqueKeyLoader))  # noqa: S506
    except (yaml.YAMLError, ValidationError, PolicyError) as error:
        raise PolicyError(f"{name}: {error}") from error


@cache
def _files() -> dict[str, bytes]:
    folder = resources.files(__name__)
    return {
        entry.name: entry.read_bytes()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yml")
    }


def load(stem: str, shape: type[ShapeT]) -> ShapeT:
    """The validated content of ``normalizer/policy/<stem>.yml``, read once per process."""
    content = _load(stem, shape)
    assert isinstance(content, shape)
    return content


@cache
def _load(stem: str, shape: type[BaseModel]) -> BaseModel:
    name = f"{stem}.yml"
    if name not in _files():
        raise PolicyError(f"{name}: no such policy file")
    return parse(_files()[name].decode("utf-8"), shape, name)


def file_names() -> tuple[str, ...]:
    """The names of all policy files, sorted."""
    return tuple(_files())


@cache
def policy_hash() -> str:
    """sha256 over every policy file's name and bytes in name order; it heads the digest."""
    digest = hashlib.sha256()
    for name, content in _files().items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()

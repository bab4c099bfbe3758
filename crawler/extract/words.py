"""The word lists of words.yml."""

from functools import cache
from importlib.resources import files

import yaml

__all__ = ["words"]


@cache
def _lists() -> dict[str, list[str]]:
    text = files("crawler.extract").joinpath("words.yml").read_text("utf-8")
    loaded: dict[str, list[str]] = yaml.safe_load(text)
    return loaded


def words(name: str) -> frozenset[str]:
    """Return one list; an unknown name raises KeyError."""
    return frozenset(_lists()[name])

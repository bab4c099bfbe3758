"""The vocabulary of makes and models: curated for collector cars, looked up by any spelling.

Public lists (vPIC) miss or respell Austin-Healey, Packard, Duesenberg, AC, MG, Cord, Facel Vega
and more, so the list is the project's own (``normalizer/policy/makes.yml``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from pydantic import Field

from normalizer.fields.text import fold
from normalizer.policy import Shape, load

# No alias or model of the vocabulary has more words than this.
_MOST_WORDS = 5


class MakeEntry(Shape):
    """One make of makes.yml.

    ``patterns`` map a regular expression over the lower-case text after the make to the model's
    spelling, in which {1} is a group in capitals and {lower[1]} the group as matched.
    ``stands_alone`` are models that name the make by themselves ("1967 Corvette").
    ``only_leading`` marks aliases that mean something else within a title ("AC" is often air
    conditioning); ``flag`` is what every car of a replica maker is.
    """

    aliases: list[str] = Field(default_factory=list)
    models: list[str] = Field(default_factory=list)
    model_aliases: dict[str, str] = Field(default_factory=dict)
    patterns: dict[str, str] = Field(default_factory=dict)
    stands_alone: list[str] = Field(default_factory=list)
    only_leading: bool = False
    flag: str | None = None


class MakesPolicy(Shape):
    """makes.yml: canonical make to entry."""

    makes: dict[str, MakeEntry]


@dataclass(frozen=True, slots=True)
class Make:
    """One make, ready for look-up; keys are compact spellings (see :func:`compact`)."""

    name: str
    models: dict[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    only_leading: bool = False
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All makes: ``aliases`` and ``stands_alone`` map compact spellings to makes."""

    aliases: dict[str, Make]
    stands_alone: dict[str, Make]

    def make_at(self, tokens: Sequence[str], at: int, *, leading: bool) -> tuple[Make, int] | None:
        """The make whose longest spelling starts at ``tokens[at]``, and its number of tokens."""
        for length in range(min(_MOST_WORDS, len(tokens) - at), 0, -1):
            make = self.aliases.get(compact("".join(tokens[at : at + length])))
            if make and (leading or not make.only_leading):
                return make, length
        return None

    def alone_at(self, tokens: Sequence[str], at: int) -> Make | None:
        """The make that the model starting at ``tokens[at]`` gives away by itself."""
        for length in range(min(_MOST_WORDS, len(tokens) - at), 0, -1):
            make = self.stands_alone.get(compact("".join(tokens[at : at + length])))
            if make:
                return make
        return None


@lru_cache(maxsize=65_536)
def compact(raw: str) -> str:
    """Letters and digits alone, folded: "Mercedes-Benz" and "MERCEDES BENZ" are one spelling."""
    return re.sub(r"[^a-z0-9]", "", fold(raw, 120))


def model_of(make: Make | None, text: str) -> tuple[str, str] | None:
    """Split ``text`` (what follows the make) into a known model and the rest, or None."""
    if make is None or not text:
        return None
    lowered = text.lower()
    if len(lowered) == len(text):
        for pattern, spelling in make.patterns:
            match = pattern.match(lowered)
            if match:
                lower = [group or "" for group in (match[0], *match.groups())]
                model = spelling.format(*(group.upper() for group in lower), lower=lower)
                return model, text[match.end() :].strip()
    tokens = text.split()
    for length in range(min(_MOST_WORDS, len(tokens)), 0, -1):
        known = make.models.get(compact("".join(tokens[:length])))
        if known:
            return known, " ".join(tokens[length:])
    return None


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the policy, built once."""
    aliases: dict[str, Make] = {}
    alone: dict[str, Make] = {}
    for name, entry in load("makes", MakesPolicy).makes.items():
        make = Make(
            name,
            {
                **{compact(m): m for m in reversed([*entry.stands_alone, *entry.models])},
                **{compact(alias): model for alias, model in entry.model_aliases.items()},
            },
            tuple((re.compile(pattern), spelling) for pattern, spelling in entry.patterns.items()),
            entry.only_leading,
            entry.flag,
        )
        for spelling in [name, *entry.aliases]:
            aliases.setdefault(compact(spelling), make)
        for famous in entry.stands_alone:
            alone.setdefault(compact(famous), make)
    return Vocabulary(aliases, alone)

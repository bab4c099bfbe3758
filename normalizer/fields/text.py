"""Cleaning of free text and of short labels, and the folded form that lookups compare.

Shapes that made each rule necessary: NUL bytes (Postgres refuses them), lone surrogates (UTF-8
refuses them), zero-width characters inside VINs, no-break spaces inside prices.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import lru_cache

from pydantic import Field

from normalizer.policy import Shape, load

# Unicode's stream-safe text format (UAX #15) bounds runs of combining marks at 30; without a
# bound, normalizing a long run costs quadratic time.
_LONGEST_COMBINING_RUN = 30
_KEPT_FORMAT_CHARACTERS = "\u200c\u200d"  # The joiners carry meaning in scripts and emoji.
_TYPOGRAPHY = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u00b4": "'", "`": "'",
        "\u2032": "'", "\u201c": '"', "\u201d": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
        "\u2015": "-", "\u2212": "-", "\u00d8": "O", "\u00f8": "o", "\u0142": "l", "\u0141": "L",
    }
)  # fmt: skip
_TOKEN_BREAK = re.compile(r"[^\w]+|_+")
_ASCII_BREAKS = {code: " " for code in range(128) if not chr(code).isalnum()}
_CAMEL_STEP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class LabelPolicy(Shape):
    """labels.yml: values that mean nothing, and one spelling for each known label."""

    empty: list[str]
    kinds: dict[str, dict[str, list[str]]] = Field(default_factory=dict)


def clean_text(raw: str | None, limit: int = 500, *, multiline: bool = False) -> str | None:
    """The text without NUL, controls, surrogates and surplus white space; None when empty.

    ``limit`` is the longest result in characters; no more than four times as much is read.
    ``multiline`` keeps line breaks (at most one empty line in a row), for descriptions.
    """
    if not raw or limit <= 0:
        return None
    text = _printable(raw[: limit * 4])
    if text.isprintable() and "  " not in text:
        text = text.strip(" ")  # No other white space is printable.
    elif multiline:
        lines = (" ".join(line.split()) for line in text.splitlines())
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    else:
        text = " ".join(text.split())
    return text[:limit].rstrip() or None


def plain_punctuation(text: str) -> str:
    """The text with typographic quotes and dashes as the plain ones people search for."""
    return text if text.isascii() else text.translate(_TYPOGRAPHY)


def fold(raw: str, limit: int = 400) -> str:
    """The form in which language is compared: lower case, no accents, plain punctuation.

    At most ``limit`` characters are read. Digits of every script become ASCII where Unicode says
    they are compatible; money signs stay.
    """
    text = " ".join(_printable(raw[:limit]).split())
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY))
        text = "".join(char for char in text if not unicodedata.combining(char))
        text = " ".join(text.translate(_TYPOGRAPHY).split())
    return text.casefold()


@lru_cache(maxsize=8_192)
def words(raw: str, limit: int = 400) -> str:
    """Folded words, parted and framed by one space each: `" sale pending "`.

    :class:`Phrases` looks for whole words in it, so "sold" is never found in "unsold". CamelCase
    and underscores part words too ("SoldOut", "sold_out").
    """
    text = raw[:limit]
    if text != text.lower():
        text = _CAMEL_STEP.sub(" ", text)
    text = fold(text, limit * 2)
    # Tables are five times as fast as patterns, and most texts are plain.
    text = text.translate(_ASCII_BREAKS) if text.isascii() else _TOKEN_BREAK.sub(" ", text)
    return f" {' '.join(text.split())} "


class Phrases:
    """A set of policy phrases to look for in framed :func:`words`, by their first word.

    Longer phrases win over shorter ones that start at the same place ("sale pending" over "sale").
    """

    def __init__(self, raw: Iterable[str]) -> None:
        phrases = {words(phrase).strip() for phrase in raw} - {""}
        self._by_first: dict[str, list[str]] = {}
        for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase)):
            self._by_first.setdefault(phrase.partition(" ")[0], []).append(f" {phrase} ")

    @property
    def first_words(self) -> Set[str]:
        """The words with which phrases begin."""
        return self._by_first.keys()

    def found(self, framed: str) -> Iterator[tuple[int, str]]:
        """Each place (index of the space before) where a phrase stands, with the longest one."""
        several = framed.split()
        if self._by_first.keys().isdisjoint(several):
            return
        at = 0
        for word in several:
            for phrase in self._by_first.get(word, ()):
                if framed.startswith(phrase, at):
                    yield at, phrase.strip()
                    break
            at += len(word) + 1

    def first(self, framed: str) -> str | None:
        """The phrase that stands first, or None."""
        if self._by_first.keys().isdisjoint(framed.split()):
            return None  # Most of the time, at a tenth of the cost.
        return next((phrase for _, phrase in self.found(framed)), None)

    def lead(self, framed: str) -> bool:
        """Whether the framed words begin with a phrase."""
        return next((at == 0 for at, _ in self.found(framed)), False)


class PhraseTable:
    """Named sets of phrases that are looked for together: most texts hold none of any."""

    def __init__(self, table: Mapping[str, Iterable[str]]) -> None:
        self._sets = {name: Phrases(phrases) for name, phrases in table.items()}
        self._first_words = frozenset().union(*(each.first_words for each in self._sets.values()))

    def among(self, framed: str) -> set[str]:
        """The names of the sets of which a phrase stands in framed :func:`words`."""
        if self._first_words.isdisjoint(framed.split()):
            return set()
        return {name for name, phrases in self._sets.items() if phrases.first(framed)}


def clean_label(raw: str | None, kind: str | None = None, limit: int = 120) -> str | None:
    """A short label (color, body style, transmission …); None for "N/A", "-", "Other" and kin.

    ``kind`` names a table of labels.yml whose spellings are unified; an unknown value stays as
    the source wrote it, except that a shouted or whispered color or body is capitalized.
    """
    text = clean_text(raw, limit)
    if text is None:
        return None
    key = words(text).strip()
    if not key or key in _EMPTY:
        return None
    if kind is None:
        return text
    known = _LABELS.get(kind, {}).get(key)
    if known is not None:
        return known
    if kind in _CAPITALIZED and (text.islower() or (text.isupper() and len(text) > 3)):
        return " ".join(word.capitalize() for word in text.split(" "))
    return text


def _printable(raw: str) -> str:
    if raw.isascii() and raw.isprintable():
        return raw
    kept: list[str] = []
    run = 0
    for char in raw:
        category = unicodedata.category(char)
        if category[0] == "C" and char not in _KEPT_FORMAT_CHARACTERS:
            if char in "\n\r" or char.isspace():
                kept.append(char)
            elif category == "Cc":
                kept.append(" ")
            run = 0
            continue
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _LONGEST_COMBINING_RUN:
            kept.append(char)
    text = unicodedata.normalize("NFC", "".join(kept))
    return text


_CAPITALIZED = frozenset({"color", "body_style"})
_POLICY = load("labels", LabelPolicy)
_EMPTY = frozenset(words(value).strip() for value in _POLICY.empty)
_LABELS: dict[str, dict[str, str]] = {
    kind: {
        words(spelling).strip(): label
        for label, spellings in table.items()
        for spelling in [label, *spellings]
    }
    for kind, table in _POLICY.kinds.items()
}

"""Year, make, model and trim from a listing's title and its structured fields.

A structured field wins where it is clean; the title fills what is missing. A dealer's own name is
never a make, and whatever calls itself a replica, tribute or continuation carries that flag.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from normalizer.fields.makes import Make, compact, vocabulary
from normalizer.fields.model import LONGEST_NAME, model_and_trim, tail_cut
from normalizer.fields.text import (
    Phrases,
    PhraseTable,
    clean_label,
    clean_text,
    plain_punctuation,
    words,
)
from normalizer.fields.title_words import TITLE_WORDS, is_marketing

_LONGEST_TITLE = 300
_MOST_SITE_NAMES = 50


@dataclass(frozen=True, slots=True)
class VehicleName:
    """What a car is called.

    ``flags``: make_unknown (not in the vocabulary), make_implied (given away by the model),
    year_conflict, year_out_of_range, and :data:`NOT_THE_ORIGINAL` kin.
    """

    year: int | None = None
    make: str | None = None
    model: str | None = None
    trim: str | None = None
    flags: frozenset[str] = frozenset()


def parse_vehicle_title(
    title: str | None,
    *,
    year: str | None = None,
    make: str | None = None,
    model: str | None = None,
    trim: str | None = None,
    site_names: Collection[str] = (),
    latest_year: int | None = None,
) -> VehicleName:
    """Name the car of one listing.

    The keyword arguments are the raw structured fields. ``site_names`` are the names of the
    dealer and its site, which are no makes; ``latest_year`` bounds model years (the pure core has
    no clock; the policy's bound is generous).
    """
    bound = latest_year or TITLE_WORDS.latest_year
    flags: set[str] = set()
    site = _site(tuple(sorted(site_names, key=_longest_first)[:_MOST_SITE_NAMES]))
    tokens = _tokens(title, site, bound)
    framed = words(
        " ".join(part[:_LONGEST_TITLE] for part in (title, model, trim, make) if part), 900
    )
    flags |= _NOT_THE_ORIGINAL.among(framed)

    given_year = _year_field(year, bound, flags)
    start, title_year, rest_at_year = _find_year(tokens, bound, flags)
    if given_year and title_year and given_year != title_year:
        flags.add("year_conflict")

    known, given_make = _make_field(make, site.words)
    found = _find_make(tokens, start, rest_at_year)
    name: str | None
    if known is not None:
        name, rest = known.name, _after_make(tokens, start, rest_at_year, known)
    elif given_make is not None:
        name, rest = given_make, _after_word(tokens, start, rest_at_year, given_make)
        flags.add("make_unknown")
    elif found is not None:
        known, rest, implied = found
        name = known.name
        if implied:
            flags.add("make_implied")
    elif (known := _make_of_model(model)) is not None:
        name, rest = known.name, tokens[start:]
        flags.add("make_implied")
    else:
        name, rest = _unknown_make(tokens, start, title_year or given_year, site.words)
        if name:
            flags.add("make_unknown")
    if known is not None and known.flag:
        flags.add(known.flag)
    final_year = given_year or title_year
    rest_text = tail_cut(" ".join(token for token in rest if not _is_year(token, bound, known)))
    final_model, final_trim = model_and_trim(known, name, rest_text, model, trim)
    return VehicleName(final_year, name, final_model, final_trim, frozenset(flags))


def _tokens(title: str | None, site: "_Site", bound: int) -> list[str]:
    """The words of the segment of the title that names the car."""
    text = clean_text(title, _LONGEST_TITLE)
    if text is None or _PLACE.fullmatch(text):
        return []
    text = plain_punctuation(text)
    if _MONEY_SIGN.search(text):
        text = _MONEY.sub(" ", text)
    for name in site.names:
        shorter = name.sub(" | ", text)
        if shorter != text and re.search(r"\w", shorter.replace("|", "")):
            text = shorter
    if not _SEPARATING.search(text):
        return _cut(_without_lead(text.split()))
    segments = [segment.split() for segment in _SEPARATOR.split(text) if segment.strip()]
    if not segments:
        return []
    promises = [_promise(tokens, bound) for tokens in segments]
    if 3 in promises:
        chosen = segments[promises.index(3)]
    else:
        chosen = [token for part in segments for token in part]
    return _cut(_without_lead(chosen))


def _promise(tokens: Sequence[str], bound: int) -> int:
    """2 for a known make, 1 for a year; the first segment with both names the car."""
    lead = _without_lead(tokens)
    has_make = any(_names_a_car(lead, at) for at in range(min(len(lead), 12)))
    return 2 * has_make + any(_year_of(token, bound) for token in lead)


@dataclass(frozen=True, slots=True)
class _Site:
    """A dealer's own names, as they stand in titles, and their words."""

    names: tuple[re.Pattern[str], ...]
    words: frozenset[str]


@lru_cache(maxsize=64)
def _site(names: tuple[str, ...]) -> _Site:
    labels = (clean_text(name, LONGEST_NAME) for name in names)
    return _Site(
        names=tuple(
            re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.IGNORECASE)
            for label in labels
            if label and len(label) >= 3 and compact(label) not in vocabulary().aliases
        ),
        words=frozenset(compact(word) for name in names for word in name[:200].split()),
    )


def _longest_first(name: str) -> tuple[int, str]:
    """A total order, so that a set of names is read alike in every process."""
    return -len(name), name


def _without_lead(tokens: Sequence[str]) -> list[str]:
    """Drop status and marketing words before the first word of the name."""
    start = 0
    while start < len(tokens) and is_marketing(tokens[start]):
        start += 1
    return list(tokens[start:])


def _cut(tokens: list[str]) -> list[str]:
    """End the tokens at the first phrase behind which nothing names the car any more."""
    for at in range(1, len(tokens)):
        if tokens[at].startswith("#"):
            return tokens[:at]
        if _may_cut(tokens[at]) and _CUTS.lead(words(" ".join(tokens[at : at + 3]), 120)):
            return tokens[:at]
    return tokens


@lru_cache(maxsize=8_192)
def _may_cut(token: str) -> bool:
    """Whether a phrase that ends a name begins with this word, or with the one behind it."""
    several = words(token, 120).split()
    return not several or several[0] in _CUTS.first_words


def _year_of(token: str, bound: int) -> int | None:
    match = _YEAR.fullmatch(token)
    if match is None:
        return None
    if match["short"]:
        two = int(match["short"])
        value = 2000 + two if two <= TITLE_WORDS.apostrophe_pivot else 1900 + two
    else:
        value = int(match["full"])
    return value if TITLE_WORDS.earliest_year <= value <= bound else None


def _is_year(token: str, bound: int, make: Make | None) -> bool:
    return _year_of(token, bound) is not None and not (make and compact(token) in make.models)


def _year_field(raw: str | None, bound: int, flags: set[str]) -> int | None:
    text = clean_text(raw, 40)
    match = re.search(r"(?<![0-9])[0-9]{4}(?![0-9])", text or "")
    if match is None:
        return None
    value = int(match[0])
    if TITLE_WORDS.earliest_year <= value <= bound:
        return value
    flags.add("year_out_of_range")
    return None


def _find_year(
    tokens: list[str], bound: int, flags: set[str]
) -> tuple[int, int | None, int | None]:
    """Where the name starts, the year, and the index of a year that is not in front."""
    if not tokens:
        return 0, None, None
    first = _year_of(tokens[0], bound)
    if first is None and re.fullmatch(r"[0-9]{2}", tokens[0]) and _names_a_car(tokens, 1):
        first = _year_of(f"'{tokens[0]}", bound)  # "67 Camaro"
    if first is not None:
        start = 2 if len(tokens) > 1 and tokens[1] in ("1/2", "½") else 1
        while start < len(tokens) and is_marketing(tokens[start]):
            start += 1
        return start, first, None
    if re.fullmatch(r"[0-9]{4}", tokens[0]):
        flags.add("year_out_of_range")
        return 1, None, None
    last = len(tokens) - 1
    for at in (last, *range(1, last)):
        value = _year_of(tokens[at], bound)
        if value is not None and not _is_model_number(tokens, at):
            return 0, value, at
    return 0, None, None


def _names_a_car(tokens: Sequence[str], at: int) -> bool:
    """Whether a known make, or a model famous enough to name one, starts at ``at``."""
    return bool(vocabulary().make_at(tokens, at, leading=True) or vocabulary().alone_at(tokens, at))


def _is_model_number(tokens: list[str], at: int) -> bool:
    """Whether the year-like word is the model of the make before it ("BMW 2002")."""
    for back in range(max(0, at - 4), at):
        found = vocabulary().make_at(tokens, back, leading=True)
        if found and back + found[1] == at and compact(tokens[at]) in found[0].models:
            return True
    return False


def _find_make(
    tokens: list[str], start: int, year_at: int | None
) -> tuple[Make, list[str], bool] | None:
    """The known make, the words after it, and whether only a model gave it away."""
    lead = next((at for at in range(start, len(tokens)) if not is_marketing(tokens[at])), start)
    positions = [lead, *range(lead + 1, len(tokens))]
    if year_at is not None and year_at + 1 < len(tokens):
        positions.insert(0, year_at + 1)  # "Stunning red 1967 Ferrari": the make follows the year.
    for index, at in enumerate(positions):
        leading = index == 0 or at == lead
        if at < len(tokens) and (found := vocabulary().make_at(tokens, at, leading=leading)):
            return found[0], tokens[at + found[1] :], False
        if at < len(tokens) and leading and (make := vocabulary().alone_at(tokens, at)):
            return make, tokens[at:], True
    for at in positions:
        if at < len(tokens) and (make := vocabulary().alone_at(tokens, at)):
            return make, tokens[at:], True
    return None


def _after_make(tokens: list[str], start: int, year_at: int | None, make: Make) -> list[str]:
    """The words after ``make`` in the title, or after the year where the title omits the make."""
    for at in range(len(tokens)):
        found = vocabulary().make_at(tokens, at, leading=True)
        if found and found[0].name == make.name:
            return tokens[at + found[1] :]
    return tokens[start:] if year_at is None else tokens[year_at + 1 :] or tokens[:year_at]


def _after_word(tokens: list[str], start: int, year_at: int | None, word: str) -> list[str]:
    key = compact(word)
    for at in range(len(tokens)):
        for length in (1, 2, 3):
            if compact("".join(tokens[at : at + length])) == key:
                return tokens[at + length :]
    return tokens[start:] if year_at is None else tokens[:year_at]


def _make_field(raw: str | None, site: frozenset[str]) -> tuple[Make | None, str | None]:
    """A structured make: as a known make, else as a name of its own, else nothing."""
    text = clean_label(raw, limit=LONGEST_NAME)
    if text is None:
        return None, None
    tokens = _without_lead(text.split())
    for at in range(len(tokens)):
        found = vocabulary().make_at(tokens, at, leading=at == 0)
        if found:
            return found[0], None
    if not tokens or len(tokens) > 3 or all(compact(token) in site for token in tokens):
        return None, None
    name = " ".join(tokens)
    return (None, name) if _NAME.fullmatch(name) else (None, None)


def _make_of_model(raw: str | None) -> Make | None:
    """The make that a structured model gives away ("Corvette")."""
    text = clean_label(raw, limit=LONGEST_NAME)
    return vocabulary().alone_at(text.split(), 0) if text else None


def _unknown_make(
    tokens: list[str], start: int, year: int | None, site: frozenset[str]
) -> tuple[str | None, list[str]]:
    """The word after the year, if it can be a name; no year, no guess."""
    if year is None:
        return None, []
    for at in range(start, len(tokens)):
        if is_marketing(tokens[at]) or compact(tokens[at]) in site:
            continue
        word = tokens[at].strip(",.;:!")
        if len(word) > 1 and _NAME.fullmatch(word) and compact(word) not in _NOT_A_MAKE:
            return word, tokens[at + 1 :]
        break
    return None, []


_CUTS = Phrases([phrase for phrase in TITLE_WORDS.cuts if compact(phrase)])
_NOT_A_MAKE = frozenset(compact(word) for word in TITLE_WORDS.not_a_make)
_NOT_THE_ORIGINAL = PhraseTable(TITLE_WORDS.not_the_original)
NOT_THE_ORIGINAL = frozenset(TITLE_WORDS.not_the_original) - {"modified"}
"""Flags of cars that must never be labelled as the original without them."""
_YEAR = re.compile(
    r"[(\[]?(?:(?P<full>1[89][0-9]{2}|20[0-9]{2})(?:[.½][0-9]?|[-/][0-9]{2}(?:[0-9]{2})?)?"
    r"|'(?P<short>[0-9]{2}))[)\],:.]?"
)
_SEPARATOR = re.compile(r"\s[-~•·:*>]+\s|\s*[|»]\s*|:\s|\s*\*{2,}\s*")
_SEPARATING = re.compile(r"[-~•·:*>|»]")
_MONEY_SIGN = re.compile(r"[$€£]")
_MONEY = re.compile(r"(?:US|C|A)?[$€£]\s?[0-9][0-9,.' ]{2,}(?:\s?[kKmM]\b)?")
_NAME = re.compile(r"[^\W\d_][^\W_]*(?:[ .'&/-]{1,2}[^\W_]+){0,4}\.?")
# "Marietta, Georgia, USA": the first heading of a card may be a place.
_PLACE = re.compile(
    r"[^\d,]{2,40}(?:,[^\d,]{2,40})?,\s*(?:USA|U\.S\.A\.|US|United States|United Kingdom|UK|Canada|"
    r"Germany|France|Italy|Switzerland|Netherlands|Belgium|Austria|Spain|Japan|Australia)\.?",
    re.IGNORECASE,
)

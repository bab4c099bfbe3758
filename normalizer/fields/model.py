"""Model and trim: the structured ones where they are clean, else what follows the make.

Models are families, as classic.com's taxonomy has them; what narrows them is the trim.
"""

import re

from normalizer.fields.makes import Make, compact, model_of, vocabulary
from normalizer.fields.text import clean_label, words
from normalizer.fields.title_words import TITLE_WORDS, is_marketing

LONGEST_NAME = 80


def model_and_trim(
    make: Make | None, name: str | None, rest: str, raw_model: str | None, raw_trim: str | None
) -> tuple[str | None, str | None]:
    """Model and trim: the structured ones where they are clean, else the title's."""
    trim = _short(clean_label(raw_trim, limit=LONGEST_NAME))
    given = _model_field(raw_model, make, name)
    if given is None:
        if name is None:
            return None, trim
        split = model_of(make, rest) or _first_words(rest)
        told = _trim_text(split[1])
        return _short(split[0]), told if _adds_series(told, trim) else trim or told
    # Where model and trim are parted, the dealer has said which words are the model.
    split = (given, "") if trim else model_of(make, given) or (given, "")
    after = _after_words(rest, given)
    # "Silverado 1500" of a "Silverado 1500 High Country": both parts narrow the family.
    return _short(split[0]), trim or _trim_text(f"{split[1]} {after}")


def _adds_series(told: str | None, trim: str | None) -> bool:
    """Whether the title says the dealer's trim behind a number: "1500 LTZ" of a Silverado."""
    words = (told or "").casefold().split()
    named = (trim or "").casefold().split()
    return len(words) > 1 and words[0].isdigit() and words[1:] == named


def _model_field(raw: str | None, make: Make | None, name: str | None) -> str | None:
    text = clean_label(raw, limit=LONGEST_NAME)
    if text is None or words(text).strip() in _EMPTY_MODELS:
        return None
    tokens = text.split()
    if make is not None and len(tokens) > 1:
        found = vocabulary().make_at(tokens, 0, leading=True)
        repeats = found is not None and found[0].name == make.name and len(tokens) > found[1]
        if found and repeats and compact("".join(tokens[: found[1]])) not in make.models:
            tokens = tokens[found[1] :]
    if name is not None and len(tokens) == 1 and compact(tokens[0]) == compact(name):
        known = make is not None and compact(name) in make.models
        return text if known else None
    return tail_cut(" ".join(tokens)) or None


def _first_words(rest: str) -> tuple[str, str]:
    """A guess where the model is unknown: one word, or two where the first one asks for more."""
    tokens = rest.split()
    while tokens and is_marketing(tokens[0]) and not re.search(r"[0-9]", tokens[0]):
        tokens.pop(0)
    if not tokens:
        return "", ""
    first = compact(tokens[0])
    take = 2 if len(tokens) > 1 and (first in _MODEL_STARTERS or len(first) == 1) else 1
    return " ".join(tokens[:take]), " ".join(tokens[take:])


def _after_words(rest: str, given: str) -> str:
    """What follows the given model in the title's words; nothing where the title differs."""
    tokens, key = rest.split(), compact(given)
    for length in range(1, min(8, len(tokens)) + 1):
        if compact("".join(tokens[:length])) == key:
            return " ".join(tokens[length:])
    return ""


def tail_cut(text: str) -> str:
    """The text up to the first mark behind which prose starts, without marks around it."""
    text = " ".join(re.sub(r"\s\([^()]*\)(?=\s|$)", " ", text).split())
    return re.split(r"[;!|*]|, |,$|\s[({\[]|\s-\s", text, maxsplit=1)[0].strip(" ,.:-")


def _trim_text(text: str) -> str | None:
    """A trim without the marketing words at its ends."""
    tokens = text.split()
    while tokens and is_marketing(tokens[-1]) and len(tokens[-1]) != 1:
        if compact("".join(tokens[-2:])) in _TRIM_ENDS:
            break
        tokens.pop()
    while tokens and is_marketing(tokens[0]) and len(tokens[0]) != 1:
        tokens.pop(0)
    return _short(" ".join(tokens).strip(" ,.:/-"))


def _short(text: str | None) -> str | None:
    return (text or "")[:LONGEST_NAME].strip() or None


_MODEL_STARTERS = frozenset(compact(word) for word in TITLE_WORDS.model_starters)
_EMPTY_MODELS = frozenset(words(value).strip() for value in TITLE_WORDS.empty_models)
_TRIM_ENDS = frozenset(compact(phrase) for phrase in TITLE_WORDS.trim_ends)

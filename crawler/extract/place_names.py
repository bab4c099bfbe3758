"""Texts that name a car which has no page: the heading of its place in a page of cars.

A place needs more of its name than a tile does, whose link leads to a page of its own: a make, and
nothing beside the name but what sellers add to it.
"""

import re

from crawler.extract.price_language import MONEY
from crawler.extract.titles import MAKE, YEAR, names_make, names_vehicle
from crawler.extract.wording import Wording
from crawler.extract.words import words

__all__ = ["car_name", "name_words", "plain_words"]

MAX_NAME, MAX_WORDS = 110, 14
LEAD = re.compile(
    r"^(?:[^\w(]|\b(?:sold|reserved|sale pending|pending|on hold|under offer|new arrival|just in|"
    r"now in|coming soon|arriving soon|for sale|featured|available|reduced|price drop|"
    r"verkauft|reserviert|neu|neuzugang|zu verkaufen|vendue?|r[ée]serv[ée]e?|venduto|vendesi|"
    r"verkocht|gereserveerd|a vendre|à vendre|the|our|a|an)\b"
    r"|(?:stock|stk|lot|no|nr|item|ref)\b\.?\s*(?:no\.?|number)?\s*[#:.]*\s*\w{1,10}\s*[-:.)\u2013]"
    r"|\(?\d{1,3}[.)]\s)+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:[^\w)'\"+]|\b(?:sold|reserved|sale pending|pending|on hold|under offer|new arrival|"
    r"just in|coming soon|for sale|reduced|price drop|price reduced|new price|verkauft|reserviert|"
    r"vendue?|r[ée]serv[ée]e?|venduto|verkocht|gereserveerd|zu verkaufen|a vendre|à vendre)\b)+$",
    re.IGNORECASE,
)
# A remark behind the name: "1967 Porsche 911S - REDUCED", "(matching numbers)", "$54,900".
REMARK = re.compile(
    r"\s+[-\u2013\u2014|\u2022\u00b7~]+\s+|\s*[(|\[*!,;:\u2022]|\s{2,}|\.{2,}|\u2026"
)
# Headlines, captions and opinions go on with a verb or a preposition.
TALK = Wording(
    r"\b(?:is|are|was|were|has|have|had|will|would|bought|sold to|purchased|delivered|delivery|"
    r"finds|found|goes|went|wins|won|heads|headed|gets|arrives|restored|restoring|restoration|"
    r"project (?:log|diary)|rebuil\w+|build (?:log|thread)|"
    r"owner|customer|client|thanks?|thank|my|his|her|their|your|you|we|i|me|how|why|who|when|"
    r"review|report|rally|tour|meet|club|show|event|auction|rental|hire|wedding|museum|"
    r"wanted|looking for|parts?|engine rebuild|service|detailing|paint job|interior retrim)\b"
)
MODELS = "|".join(sorted(map(re.escape, words("famous_model")), key=len, reverse=True))
NAMED = re.compile(rf"\b(?:{MAKE.pattern}|(?:{MODELS})\b)", re.IGNORECASE)
MAX_KEPT, MAX_PRAISE = 8, 3


def plain_words(text: str) -> list[str]:
    """The words of a text as they are compared: without case and punctuation."""
    return re.findall(r"[^\W_]+", text.casefold())


def car_name(text: str) -> str | None:
    """Return the name that a text is, from its year or make on and with what stands behind it; None
    where it names no car, or says more than a heading does."""
    if not 6 <= len(text) <= 2 * MAX_NAME:
        return None
    name = LEAD.sub("", text).strip()
    money = MONEY.search(name)
    if money is not None and money.start() > 0:
        name = name[: money.start()]
    name = TAIL.sub("", name).strip()
    if not 6 <= len(name) <= MAX_NAME or len(name.split()) > MAX_WORDS or TALK.search(name):
        return None
    if not names_make(name) and not _makes_behind(name):
        return None
    return name


def _makes_behind(name: str) -> bool:
    """Whether a name has its make, or a model that is known without, behind its year and a word or
    two, and no more before it: "1963 Split Window Corvette", "Stunning 1967 Porsche 911S"."""
    year = YEAR.search(name)
    if year is None or not names_vehicle(name) or len(name[: year.start()].split()) > MAX_PRAISE:
        return False
    found = NAMED.search(name, year.end())
    return found is not None and len(name[year.end() : found.start()].split()) <= MAX_PRAISE


def name_words(name: str) -> str:
    """The part of a name that changes least: year, make and model, without praise and remarks.

    >>> name_words("1967 Porsche 911S Coupe - matching numbers!")
    '1967 Porsche 911S Coupe'
    >>> name_words("Stunning 1967 Porsche 911S")
    '1967 Porsche 911S'
    """
    year = YEAR.search(name)
    if year is not None and year.start() and NAMED.search(name[: year.start()]) is None:
        name = name[year.start() :]
    start = re.search(REMARK, name[5:])
    kept = name if start is None else name[: 5 + start.start()]
    return " ".join(TAIL.sub("", " ".join(kept.split()[:MAX_KEPT])).split()) or name

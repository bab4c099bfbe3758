"""Which field a label, a class name or a data attribute speaks of.

One vocabulary for "Stock #:", ``stocknumber_value`` and ``data-displaymileage``; English and the
languages European dealers print.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import yaml

from crawler.extract.words import words

__all__ = ["attribute_field", "label_field"]

LABELS: Mapping[str, Sequence[str]] = yaml.safe_load(
    files("crawler.extract").joinpath("spec_names.yml").read_text("utf-8")
)
"""Field → the labels that mean it."""
FIELDS = {label: name for name, labels in LABELS.items() for label in labels}
NOISE = re.compile(r"[#№:.°º*()\[\]]+|\bno\.?$|\bnr\.?$|\bn°")
NUMBER_OF = re.compile(r"^(?:n|no|nr|num|numero|número|numéro) (?:de |di |du |del |d )?")
MARKS = re.compile(r"[#№:.°º*()\[\]]+")
NUMBERED = frozenset(["vin", "stock_number", "price", "mileage"])
NUMBER = re.compile(r"\b(?:no|nr|number|nummer)\.?\s*:?$|[#№]\s*:?$", re.IGNORECASE)
# Words that templates wrap around a field's name in class names and data attributes.
WRAPPERS = words("wrapper")
JOINED = {
    label.replace(" ", ""): name for name in LABELS if name != "title" for label in LABELS[name]
}
JOINED |= {"displaytitle": "title", "title": "title", "name": "title"}
NOT_FIELDS = frozenset(
    [
        "miles",
        "drive",
        "body",
        "int",
        "ext",
        "now",
        "mi",
        "km",
        "style",
        "store",
        "version",
        "cor",
        "gir",
        "rok",
    ]
)


@lru_cache(maxsize=4_096)
def label_field(label: str) -> str | None:
    """Return the field a printed label names, or None: "Stock #:" → stock_number."""
    if len(label) > 40:
        return None
    found = _field(label)
    if found is None and label.count("/") == 1:
        # "Frame / VIN" names the number that one of its halves does,
        # as "Kleur / Couleur" says one thing in two languages.
        named = {_field(part) for part in label.split("/")}
        said = named - {None}
        sure = len(named) == 1 or said <= {"vin", "stock_number"}
        found = said.pop() if len(said) == 1 and sure else None
    # An engine's number is no engine, and a model's is a code.
    if found not in NUMBERED and NUMBER.search(label):
        return "stock_number" if found == "title" else None  # "Fahrzeug-Nr." counts the stock.
    return found


def _field(label: str) -> str | None:
    """The field of a label as it is listed, with or without what only counts: "Interne Nr."."""
    plain = label.casefold().replace("-", " ").replace("/", " ").replace("'", "")
    text = " ".join(NOISE.sub(" ", plain).split())
    return (
        FIELDS.get(" ".join(MARKS.sub(" ", plain).split()))
        or FIELDS.get(text)
        or FIELDS.get(re.sub(r"\s(?:no|nr|number)$", "", text))
        or FIELDS.get(NUMBER_OF.sub("", text))
    )


@lru_cache(maxsize=8_192)
def attribute_field(name: str) -> str | None:
    """Return the field a class name or data attribute names: ``vehicle-mileage__value`` →
    mileage, ``data-displayextcolor`` → exterior_color."""
    words = [
        word
        for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower())
        if word
    ]
    core = [word for word in words if word not in WRAPPERS]
    if not core or len(core) > 3:
        return None
    joined = "".join(core)
    joined = joined.removeprefix("display").removeprefix("vehicle")
    if joined in NOT_FIELDS:
        return None
    return JOINED.get(joined)

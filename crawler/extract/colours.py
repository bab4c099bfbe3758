"""Colours that a line tells without a colon: "Farbe Silberblau", "Signal Yellow exterior"."""

import re

from crawler.extract.spec_names import LABELS, label_field
from crawler.extract.wording import Wording

__all__ = ["told_colour"]

# Of English, German, French, Dutch, Italian, Swedish and Danish; long ones end compounds as well.
COLOUR = Wording(
    r"\b\w*(?:blue|green|black|white|silver|yellow|orange|brown|ivory|"
    r"blau|gr[uü]n|schwarz|wei(?:ß|ss)|silber|grau|gelb|braun|elfenbein|anthrazit|"
    r"blauw|groen|zwart|zilver|grijs|geel|bruin|blå|grön|svart)\b|"
    r"\b(?:red|gr[ae]y|beige|cream|gold|maroon|burgundy|bronze|tan|purple|violet|turquoise|rot|"
    r"rouge|bleu|vert|noir|blanc|argent|gris|jaune|marron|ivoire|rood|wit|"
    r"rosso|blu|verde|nero|bianco|argento|grigio|giallo|marrone|"
    r"röd|vit|grå|gul|brun|rød|grøn|sort|hvid|sølv|"
    r"mörkröd|weinrot|dunkelrot|hennarot)\b"
)
BEHIND = {
    "exterior": "exterior_color",
    "paint": "exterior_color",
    "paintwork": "exterior_color",
    "interior": "interior_color",
    "upholstery": "interior_color",
}
LEADS = frozenset(
    label.split()[0] for field in ("exterior_color", "interior_color") for label in LABELS[field]
)
MAX_WORDS = 7


def told_colour(line: str) -> tuple[str, str] | None:
    """Return the field and the colour of a short line, None where it tells none."""
    words = line.split()
    if not 2 <= len(words) <= MAX_WORDS or ":" in line:
        return None
    if known := BEHIND.get(words[-1].lower()):
        return _colour(known, words[:-1])
    for count in (2, 1) if words[0].lower() in LEADS else ():
        known = label_field(" ".join(words[:count])) or ""
        if known in ("exterior_color", "interior_color"):
            return _colour(known, words[count:])
    return None


def _colour(field: str, words: list[str]) -> tuple[str, str] | None:
    value = " ".join(words)
    named = value[:1].isupper() and COLOUR.search(value) and not NO_COLOUR.search(value)
    return (field, value) if named else None


# Of lists of equipment: "Interior Black Headliner".
NO_COLOUR = re.compile(
    r"\b(?:with|and|is|has|new|original|re\w+ed|\w+(?:liner|mirrors?|trim|mats?))\b", re.I
)

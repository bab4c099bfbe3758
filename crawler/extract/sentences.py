"""What the sentences of a description tell that no labelled line does: "Chassis number AR1234567.",
"Asking $45,000", "finished in Guards Red over black leather"."""

import re

from crawler.extract.price_language import MONEY

__all__ = ["said_chassis", "said_colors", "said_price"]

CHASSIS = re.compile(
    r"\b(?:[Cc]hassis|[Ff]rame|[Ss]erial|VIN|V\.I\.N\.|[Ff]ahrgestell|[Cc]h[âa]ssis|[Tt]elaio)"
    r"(?:[ -]?(?:[Nn]umber|[Nn]ummer|[Nn]r\.?|[Nn]o\.?|[Nn]°|#))*(?: is)?:?\s+"
    r"((?=(?:[A-Z/.*-]*\d){3})[A-Z\d](?:[A-Z\d/.*-]{2,18})[A-Z\d])(?![\w-])"
)
COLOR_WORD = r"[A-Z][\w'\u2019/-]*"
PAINT = rf"{COLOR_WORD}(?: (?:{COLOR_WORD}|of|de|du|la|le|metallic|pearl)){{0,4}}"
MATERIAL = (
    r"(?i:leather(?:ette)?|vinyl|cloth|hides?|velour|corduroy|alcantara|connolly|suede|fabric|plaid|"
    r"tartan|tweed|wool|interior|upholstery|trim)"
)
FINISHED = re.compile(
    r"(?:(?:[Ff]inished|[Rr]esplendent|[Pp]resented|[Pp]ainted|[Cc]lad|[Dd]ressed) in|, in)"
    r" (?:its |the )?(?:(?:original|factory|correct|stunning|beautiful|rare|classic|striking|"
    rf"lovely) )*({PAINT})(?: paint(?:work)?)?,? (?:over|with|on)"
    r"(?: (?:an?|its|the|matching|original|contrasting|complementary|correct))* "
    rf"((?:[\w'\u2019/&-]+ ){{0,5}}?{MATERIAL}(?: {MATERIAL})*)\b"
)
INSIDE = re.compile(r"\s*\b(?:interior|upholstery|trim)$", re.IGNORECASE)
# What a car may be finished in that is no colour.
PLACES = re.compile(
    r"^(?:Italy|Germany|England|Britain|France|Spain|Sweden|Switzerland|Japan|America|Europe|"
    r"California|Texas|Florida|London|Paris|Milan|Turin|Stuttgart|Munich|Jan\w*|Feb\w*|March|April|"
    r"May|June|July|Aug\w*|Sep\w*|Oct\w*|Nov\w*|Dec\w*|Spring|Summer|Autumn|Fall|Winter)\b"
)
ASKED = re.compile(
    rf"(?:^|[.!?]\s+|\n\s*)(?:(?:we are |now |only )?asking(?: price)?(?: is)?|"
    rf"(?:(?:it is |now )?(?:offered|priced|available)) (?:at|for)|(?:our |the )?price(?: is)?)"
    rf"[:\s]+(?:only |just )?({MONEY.pattern})(?!\s*(?:/|per\b|a month|down\b|off\b))",
    re.IGNORECASE,
)


def said_chassis(text: str) -> str | None:
    """Return the VIN or chassis number that a sentence names as such."""
    match = CHASSIS.search(text)
    return match[1] if match else None


def said_price(text: str) -> str | None:
    """Return the amount a sentence begins by asking; amounts within sentences are of other things:
    work done, what a like car fetched."""
    match = ASKED.search(text)
    return match[1] if match else None


def said_colors(text: str) -> dict[str, str]:
    """Return the colours that one sentence names together: the body's first, then the inside's."""
    match = FINISHED.search(text)
    if match is None or PLACES.match(match[1]):
        return {}
    inside = INSIDE.sub("", match[2])
    return {"exterior_color": match[1], "interior_color": inside} if inside else {}

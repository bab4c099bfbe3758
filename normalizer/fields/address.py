"""Postal addresses: parts from structured data, or one line as footers print it.

One-line forms are read from the right, since country, postal code and state are recognizable and
a street is not. Names of countries and states are data (``normalizer/policy/places.yml``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from normalizer.fields.text import clean_text, fold
from normalizer.policy import Shape, load

_LONGEST_ADDRESS = 300
_LONGEST_PART = 120


class PlacesPolicy(Shape):
    """places.yml: names of countries and states, and words of streets."""

    countries: dict[str, list[str]]
    states: dict[str, dict[str, list[str]]]
    street_suffixes: list[str]
    unit_words: list[str]
    directions: list[str]


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; ``state`` and ``country`` are codes where the name is known."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


def country_code(raw: str | None) -> str | None:
    """The ISO 3166-1 code of a country's code or name; None for an unknown one."""
    text = fold(raw or "", 60).strip(" .,")
    if len(text) == 2 and text.upper() in _POLICY.countries:
        return text.upper()
    return _COUNTRIES.get(text) or _COUNTRIES.get(text.replace(".", ""))


def state_code(raw: str | None, country: str | None = None) -> str | None:
    """The code of a state or province by code or name; without ``country`` US goes before CA."""
    text = fold(raw or "", 60).strip(" .,")
    if not text:
        return None
    lands = [country] if country in _STATES else ["US", "CA"] if country is None else []
    for land in lands:
        code = _STATES[land].get(text) or _STATES[land].get(text.replace(".", ""))
        if code:
            return code
    return None


def parse_address(
    source: str | Mapping[str, str | None] | None, country: str | None = None
) -> Address:
    """Read an address from one line or from parts (schema.org names or plain ones).

    ``country`` is the ISO code to assume where the text names none. What cannot be told apart
    stays None rather than guessed.
    """
    if source is None:
        return Address()
    if isinstance(source, str):
        return _from_line(source, country)
    return _from_parts(source, country)


def _from_parts(parts: Mapping[str, str | None], country: str | None) -> Address:
    values: dict[str, str] = {}
    for key, raw in parts.items():
        name = _PART_NAMES.get(re.sub(r"[^a-z]", "", str(key)[:40].lower()))
        text = clean_text(raw, _LONGEST_PART) if isinstance(raw, str) else None
        if name and text and name not in values:
            values[name] = text
    named = values.get("country")
    state = values.get("state")
    postal = values.get("postal_code")
    land = country_code(named) or _country_of(state, postal) or country
    if not values.keys() & {"city", "state", "postal_code"} and "street" in values:
        return _from_line(values["street"], land)
    return Address(
        street=values.get("street"),
        city=_city(values.get("city")),
        state=state_code(state, land) or state,
        postal_code=_postal(postal, land),
        country=land or named,
    )


def _country_of(state: str | None, postal: str | None) -> str | None:
    """The country that a state's code together with the shape of a postal code gives away."""
    if postal and _CANADIAN.fullmatch(postal.upper().strip()):
        return "CA"
    if postal and _BRITISH.fullmatch(postal.upper().strip()):
        return "GB"
    if state_code(state, "US") and (not postal or _ZIP.fullmatch(postal.strip())):
        return "US"
    return "CA" if state_code(state, "CA") else None


def _postal(raw: str | None, country: str | None) -> str | None:
    text = (raw or "").upper().strip()
    if not text:
        return None
    if country == "US":
        match = re.match(r"([0-9]{5})(?:[- ]?([0-9]{4}))?(?![0-9])", text)
        if match is None:
            return None
        return f"{match[1]}-{match[2]}" if match[2] else match[1]
    if country in ("CA", "GB"):
        solid = re.sub(r"[^A-Z0-9]", "", text)
        return f"{solid[:-3]} {solid[-3:]}" if 5 <= len(solid) <= 7 else text
    return text[:16]


def _from_line(raw: str, country: str | None) -> Address:
    text = clean_text(re.sub(r"[\r\n|•·;]+", ", ", raw[:_LONGEST_ADDRESS]), _LONGEST_ADDRESS)
    if text is None:
        return Address()
    parts = [part for part in (piece.strip(" ,.") for piece in text.split(",")) if part]
    land = _country_part(parts)
    if land:
        parts.pop()
    else:
        parts, land = _trailing_country(parts)
    if not parts:
        return Address(country=land or country)
    for read in (_american, _canadian, _british, _european):
        address = read(parts, land or country)
        if address is not None:
            return address
    return _city_and_state(parts, land or country)


def _country_part(parts: list[str]) -> str | None:
    """The country, if the last of several parts is one.

    "CA" and "DE" are states rather than countries, unless a province of Canada or a European
    postal code stands before them.
    """
    land = country_code(parts[-1]) if len(parts) > 1 else None
    if land is None or len(parts[-1]) != 2 or parts[-1].upper() in ("US", "UK"):
        return land
    before = parts[-2]
    if land == "CA":
        words_before = before.split(" ")
        province = state_code(before, "CA") or state_code(words_before[0], "CA")
        return land if province else None
    return land if _EUROPEAN.fullmatch(before) else None


def _trailing_country(parts: list[str]) -> tuple[list[str], str | None]:
    """A country at the end of the last part ("Franklin TN 37064 USA")."""
    if not parts:
        return parts, None
    match = re.search(
        r"(?:^|\s)(USA|U\.S\.A\.?|United States(?: of America)?|Canada|UK|"
        r"United Kingdom|England|Germany|Deutschland)$",
        parts[-1],
        re.IGNORECASE,
    )
    if match is None:
        return parts, None
    head = parts[-1][: match.start()].strip()
    return [*parts[:-1], *([head] if head else [])], country_code(match[1])


def _american(parts: list[str], country: str | None) -> Address | None:
    if country not in (None, "US"):
        return None
    joined = ", ".join(parts)
    match = re.search(r"(?<=[A-Za-z.,\s])[\s,]([0-9]{5}(?:-[0-9]{4})?)$", joined)
    if match is None:
        return None
    # The shortest tail that names a state: "TN", "Tennessee", "New York" before the ZIP code.
    words_before = joined[: match.start(1)].replace(",", " , ").split()
    while words_before and words_before[-1] == ",":
        words_before.pop()
    for length in (3, 2, 1):
        name = " ".join(words_before[-length:])
        state = state_code(name, "US") if "," not in name else None
        if state:
            street, city = _street_and_city(" ".join(words_before[:-length]))
            return Address(_from_number(street), city, state, match[1], "US")
    return None


def _from_number(street: str | None) -> str | None:
    """A street without the name of the dealer that footers put in front of it."""
    parts = (street or "").split(", ")
    numbered = [index for index, part in enumerate(parts) if re.match(r"[0-9]+\w?\s+\w", part)]
    if numbered and not any(_has_digit(part) for part in parts[: numbered[0]]):
        return ", ".join(parts[numbered[0] :])
    return street


def _canadian(parts: list[str], country: str | None) -> Address | None:
    if country not in (None, "CA"):
        return None
    joined = ", ".join(parts)
    match = re.search(rf"[\s,]+({_CANADIAN.pattern})$", joined, re.IGNORECASE)
    if match is None:
        return None
    head = joined[: match.start()].replace(",", " , ").split()
    while head and head[-1] == ",":
        head.pop()
    state = None
    for length in (3, 2, 1):
        name = " ".join(head[-length:])
        state = state_code(name, "CA") if "," not in name else None
        if state:
            head = head[:-length]
            break
    street, city = _street_and_city(" ".join(head))
    return Address(street, city, state, _postal(match[1], "CA"), "CA")


def _british(parts: list[str], country: str | None) -> Address | None:
    if country not in (None, "GB"):
        return None
    match = re.search(rf"(?:^|\s)({_BRITISH.pattern})$", parts[-1], re.IGNORECASE)
    if match is None:
        match = re.match(rf"({_BRITISH.pattern})\s+([^0-9]{{2,60}})$", parts[-1])  # "BA1 5BG Bath"
        if match is None:
            return None
        street = ", ".join(parts[:-1]) or None
        return Address(street, _city(match[2]), None, _postal(match[1], "GB"), "GB")
    head = parts[-1][: match.start()].strip()
    before = [*parts[:-1], *([head] if head else [])]
    city = _city(before[-1]) if before else None
    street = ", ".join(before[:-1]) or None
    return Address(street, city, None, _postal(match[1], "GB"), "GB")


def _european(parts: list[str], country: str | None) -> Address | None:
    for index in range(len(parts) - 1, -1, -1):
        match = _EUROPEAN.fullmatch(parts[index])
        # Without a country, "1237 Central Park Dr" in front is a street, not a postal code.
        certain = country is not None or match is None or match[1] is not None or index > 0
        if match and certain and country != "US" and not _PROVINCE.fullmatch(match[3]):
            prefix = {"D": "DE", "F": "FR", "I": "IT", "A": "AT", "B": "BE", "L": "LU"}
            land = country or (prefix.get(match[1], country_code(match[1])) if match[1] else None)
            street = ", ".join(parts[:index]) or None
            return Address(street, _city(match[3]), None, match[2], land)
    return None


def _city_and_state(parts: list[str], country: str | None) -> Address:
    """ "Franklin, TN" or "Marietta, Georgia": what is left when no postal code is there."""
    if len(parts) >= 2:
        state = state_code(parts[-1], country)
        if state:
            land = country or ("US" if state_code(parts[-1], "US") else "CA")
            street = ", ".join(parts[:-2]) or None
            return Address(street, _city(parts[-2]), state, None, land)
        if country:
            return _abroad(parts, country)
    words_left = parts[-1].split()
    if len(parts) == 1 and country and not _has_digit(parts[0]):
        return Address(city=_city(parts[0]), country=country)
    if len(parts) == 1 and len(words_left) >= 2 and words_left[-1].isupper():
        state = state_code(words_left[-1], country)
        if state:
            street, city = _street_and_city(" ".join(words_left[:-1]))
            land = country or ("US" if state_code(words_left[-1], "US") else "CA")
            return Address(street, city, state, None, land)
    return Address(street=", ".join(parts), country=country)


def _abroad(parts: list[str], country: str) -> Address:
    """Parts in the American order of a country that writes them otherwise: "Torino, TO 10121"."""
    parts = list(parts)
    postal = state = None
    match = _ABROAD_TAIL.fullmatch(parts[-1])
    if match:
        state, postal = match[1], match[2]
        parts.pop()
    street = ", ".join(parts[:-1]) or None
    return Address(street, _city(parts[-1]), state, postal, country)


def _street_and_city(text: str) -> tuple[str | None, str | None]:
    """Split what stands before the state; a comma tells, else the last word of a street."""
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    if len(pieces) >= 2:
        return ", ".join(pieces[:-1]), _city(pieces[-1])
    tokens = pieces[0].split() if pieces else []
    if not any(char.isdigit() for token in tokens[:2] for char in token):
        return None, _city(" ".join(tokens))
    cut = _street_end(tokens)
    return " ".join(tokens[:cut]) or None, _city(" ".join(tokens[cut:]))


def _street_end(tokens: list[str]) -> int:
    """Where the street of "111 Alpha Dr Ste 5 Franklin" ends; all of it where nothing tells."""
    folded = [token.lower().strip(".,") for token in tokens]
    end = 0
    for index, token in enumerate(folded):
        if index == 0 or index == len(folded) - 1:
            continue
        if token in _POLICY.street_suffixes and end == 0:
            end = index + 1
            if folded[index] in ("highway", "hwy", "route", "rte") and _has_digit(
                folded[index + 1]
            ):
                end = index + 2
        elif token in _POLICY.unit_words and end:
            end = index + 2
        elif end and (token.startswith("#") or (token in _POLICY.directions and end == index)):
            end = index + 1
    return min(end, len(tokens)) or len(tokens)


def _has_digit(token: str) -> bool:
    return any(char.isdigit() for char in token)


def _city(raw: str | None) -> str | None:
    """A city's name, shouted names calmed; None for a value without letters."""
    text = clean_text(raw, _LONGEST_PART)
    if text is None or not any(char.isalpha() for char in text):
        return None
    text = text.strip(" ,.;")
    if len(text) > 3 and (text.isupper() or text.islower()):
        return " ".join(word.capitalize() for word in text.split(" "))
    return text or None


_POLICY = load("places", PlacesPolicy)
_COUNTRIES = {name: code for code, names in _POLICY.countries.items() for name in names}
_STATES: dict[str | None, dict[str, str]] = {
    land: {
        **{code.lower(): code for code in table},
        **{name: code for code, names in table.items() for name in names},
    }
    for land, table in _POLICY.states.items()
}
_ZIP = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?")
_CANADIAN = re.compile(r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]")
_BRITISH = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}")
_EUROPEAN = re.compile(r"(?:([A-Z]{1,2})-)?([0-9]{4,5}(?: ?[A-Z]{2}(?=\s))?)\s+([^0-9]{2,60})")
_PROVINCE = re.compile(r"[A-Z]{2}")
_ABROAD_TAIL = re.compile(
    r"([A-Z]{2,3})?(?:(?:^|\s)([0-9]{3} [0-9]{2}|[0-9]{4,6}(?: ?[A-Z]{2})?))?"
)
_PART_NAMES = {
    **dict.fromkeys(("street", "streetaddress", "address", "addressline", "addr"), "street"),
    **dict.fromkeys(("city", "addresslocality", "locality", "town"), "city"),
    **dict.fromkeys(("state", "addressregion", "region", "province", "statecode"), "state"),
    **dict.fromkeys(("postalcode", "zip", "zipcode", "postcode"), "postal_code"),
    **dict.fromkeys(("country", "addresscountry", "countrycode"), "country"),
}

"""Contact facts as people read them: labelled values, call and mail links, address elements, and
lines of text that can be nothing else."""

import re
from urllib.parse import unquote

from parsel import Selector

from crawler.extract.facts import Facts
from crawler.extract.labels import labelled_values, words

__all__ = ["LABELS", "read_contacts"]

LABELS = {
    "dealer_license": re.compile(
        r"(motor vehicle |vehicle |auto(motive)? |used (car )?|state )*"
        r"(dealer'?s?|dealership|seller)? ?(licen[sc]e|lic\.?)( ?(no\.?|number|nr\.?|#|id))?"
        r"|dl ?(no\.?|number|#)?|dealer (no\.?|number|#|id)",
        re.IGNORECASE,
    ),
    # Icon fonts write their pictures as words: "place", "call", "language".
    "phone": re.compile(
        r"(tele)?phone( number)?|tel\.?|call( us)?|mobile|cell|office|showroom|smartphone"
        r"|telefon|téléphone|telefono",
        re.IGNORECASE,
    ),
    "email": re.compile(r"e-?mail( address| us)?|mail|courriel", re.IGNORECASE),
    "website": re.compile(
        r"(visit |official |dealer |our )*(web ?site|web|homepage|home page|url)|language|public",
        re.IGNORECASE,
    ),
    "address": re.compile(
        r"(street |mailing |dealership |showroom |business )*(address|location)"
        r"|adresse|anschrift|indirizzo|place|location_on|pin_drop|location_city",
        re.IGNORECASE,
    ),
    "street": re.compile(r"street", re.IGNORECASE),
    "city": re.compile(r"city|town", re.IGNORECASE),
    "state": re.compile(r"state|province|region", re.IGNORECASE),
    "postal_code": re.compile(r"zip( code)?|postal ?code|postcode", re.IGNORECASE),
    "country": re.compile(r"country", re.IGNORECASE),
}
# A license in running text must name itself: "Dealer License #: VF/1012345", never "headlights".
LICENSE_TEXT = re.compile(
    r"\b(?:(?:motor\s+vehicle|vehicle|auto(?:motive)?|used\s+car)\s+)?"
    r"(?:dealer(?:'s|ship)?\s+(?:licen[sc]e|lic\.?|no\.?|number|#)|DL|DLR)\s*"
    r"(?:no\.?|number|nr\.?)?\s*[:#]{0,2}\s*#?\s*(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{2,19}\b",
    re.IGNORECASE,
)
# Called a license and numbered as one, it may stand in a sentence: "License #98765".
LICENSE_NUMBERED = re.compile(
    r"(?<!driver )(?<!drivers )(?<!driver's )\blicen[sc]e\s*(?:no\b\.?|number\b|nr\b\.?|#|:)"
    r"\s*[:#]?\s*(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{2,19}\b",
    re.IGNORECASE,
)
# In an element of its own a license needs less: "License No. 30017-VA".
LICENSE_ALONE = re.compile(
    r"((?:[A-Za-z']+\s+){0,4}licen[sc]e(?:\s*(?:no|number|nr|id)\b)?[\s.:#]*"
    r"(?=[A-Z0-9/ -]*\d)[A-Z0-9][A-Z0-9/-]{2,19})",
    re.IGNORECASE,
)
LICENSE_SHORT = re.compile(
    r"lic\.?\s*((?=[A-Z0-9/-]*\d{3})[A-Z0-9][A-Z0-9/-]{2,19})", re.IGNORECASE
)
# "Rhinebeck, New York, USA" or "Austin, TX" in an element of its own.
PLACE_ALONE = re.compile(
    r"[A-Z][^,\d:;!?]{1,40}, ?(?:[A-Z]{2}|[A-Z][^,\d:;!?]{2,30}, ?(?:USA|U\.S\.A\.|US|United States"
    r"|Canada|UK|United Kingdom|England|Scotland|Germany|France|Italy|Spain|Netherlands|Belgium"
    r"|Switzerland|Austria|Sweden|Denmark|Norway|Australia|New Zealand|Japan|Ireland|Portugal))"
)
CITY_LINE = re.compile(
    r"\b[A-Z][A-Za-z.' -]{1,40},\s*(?:[A-Z]{2}|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)\s+\d{5}(?:-\d{4})?\b"
)
# "More than a thousand cars sold. Visit us at 12 Elm St": the sentence is no part of the address.
LEAD_IN = re.compile(r"^.*\b(?:at|in|on|is|to|near|address:?)\s+(?=\d)", re.IGNORECASE)
EMAIL_TEXT = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?![\w@-])")
PHONE_TEXT = re.compile(r"(?<![\d/$.,-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\d-])")


def read_contacts(main: Selector, facts: Facts) -> None:
    """Read what people read: labelled values, call and mail links, address elements, and a license
    or city line in running text."""
    parts: dict[str, str] = {}
    for name, label, value in labelled_values(main, LABELS):
        where = f"label {label!r}"
        if name in ("street", "city", "state", "postal_code", "country"):
            parts.setdefault(name, value)
        elif name == "address":
            facts.add_address(where, text=value)
        elif name == "dealer_license":
            facts.add(name, f"License: {value}", where)
        elif (name == "phone" and sum(c.isdigit() for c in value) >= 7) or (
            name == "email" and "@" in value
        ):
            facts.add(name, value, where)
    for link in main.css("a[href^='tel:' i]::attr(href)").getall():
        facts.add("phone", unquote(link[4:]).strip("/"), "a[href^=tel:]")
    for link in main.css("a[href^='mailto:' i]::attr(href)").getall():
        facts.add("email", unquote(link[7:].partition("?")[0]), "a[href^=mailto:]")
    if parts.keys() & {"city", "postal_code", "street"}:
        facts.add_address("labels", **parts)
    for element in main.css(
        "address, .adr, .h-adr, [itemprop=address], [class*=address i], [class*=location i]"
    ):
        text = words(element, ", ")
        labelled = parts and all(value in text for value in parts.values())
        if not labelled and 8 <= len(text) <= 250 and any(map(str.isalpha, text)):
            facts.add_address(f"<{element.root.tag}>", text=text)
    text = words(main, "\n")
    for line in text.split("\n"):
        if short := LICENSE_SHORT.fullmatch(line):
            facts.add("dealer_license", f"License: {short[1]}", "line")
        elif LICENSE_ALONE.fullmatch(line):
            facts.add("dealer_license", line, "line")
        elif "address" not in facts.fields and PLACE_ALONE.fullmatch(line):
            facts.add_address("line", text=line)
    if found := LICENSE_TEXT.search(text) or LICENSE_NUMBERED.search(text):
        facts.add("dealer_license", found[0], "text")
    if "address" not in facts.fields and (found := CITY_LINE.search(text)):
        lines = text[: found.end()].rsplit("\n", 2)[-2:]
        # The line before a city line is the street, unless the street stands in front of it.
        if any(char.isdigit() for char in text[: found.start()].rpartition("\n")[2]):
            lines = lines[-1:]
        lines[-1] = LEAD_IN.sub("", lines[-1])
        facts.add_address("text", text=", ".join(lines))
    if "email" not in facts.fields and (found := EMAIL_TEXT.search(text)):
        facts.add("email", found[0], "text")
    if "phone" not in facts.fields and (found := PHONE_TEXT.search(text)):
        facts.add("phone", found[0], "text")

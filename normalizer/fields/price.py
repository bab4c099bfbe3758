"""Prices as dealers print them.

The language is classified before a number is read, because a number alone lies: "Sold for
$125,000" is no asking price, "Was $129,900 Now $119,900" is 119,900, "(719) 555-0100" is no
price at all. Each amount gets a role from the words beside it; the phrases are data
(``normalizer/policy/price.yml``).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from normalizer.fields.text import Phrases, PhraseTable, fold, words
from normalizer.policy import Shape, load

PriceKind = Literal["asking", "on_request", "sold", "bid"]
Role = Literal["plain", "now", "sold", "bid", "estimate", "old", "list", "none"]

_LONGEST_PRICE = 400  # Characters read; a price with its remarks is far shorter.
_REACH = 48  # Characters on each side of an amount in which a word still speaks about it.


class PricePolicy(Shape):
    """price.yml: phrases by meaning, currency signs, suffixes and the bounds of sanity."""

    on_request: list[str]
    sold_words: list[str]
    not_sold: list[str]
    sold_for: list[str]
    bid: list[str]
    estimate: list[str]
    old: list[str]
    list_price: list[str]
    now: list[str]
    not_a_price_before: list[str]
    not_a_price_after: list[str]
    remarks: dict[str, list[str]]
    signs: dict[str, str]
    shared_signs: dict[str, dict[str, str]]
    country_currency: dict[str, str]
    suffixes: dict[str, int]
    least: int
    most: int
    small_units: list[str]
    placeholders: list[int]


@dataclass(frozen=True, slots=True)
class Price:
    """What a price field says.

    ``amount`` is in whole units of ``currency`` (ISO 4217) and never without one. ``kind`` is
    None where the text names no price at all; "on_request" is a claim without an amount.
    """

    amount: Decimal | None = None
    currency: str | None = None
    kind: PriceKind | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Money:
    """One amount in the text with the signs beside it and its role."""

    start: int
    end: int
    amount: Decimal
    sign: str | None
    role: Role


def parse_price(
    raw: str | None,
    *,
    label: str | None = None,
    currency_hint: str | None = None,
    country: str | None = None,
) -> Price:
    """Read a price from ``raw``, with the ``label`` that stood beside it ("Our Price", "MSRP").

    ``currency_hint`` is the ISO code a structured field gave, ``country`` the dealer's ISO 3166
    code; they decide bare numbers and shared signs ("$"), never a sign that stands in the text.
    """
    if not raw or not raw.strip():
        return Price()
    text = fold(raw, _LONGEST_PRICE)
    if label:
        text = f"{fold(label, 80)} | {text}"
    framed = words(text, len(text))
    flags = _REMARKS.among(framed)
    if re.search(r"\+\s*(?:vat|mwst|tva|btw|iva|tax)\b", text):
        flags.add("vat_excluded")
    if _NOT_SOLD.first(framed):
        flags.add("not_sold")
    elif _SOLD_WORDS.first(framed):
        flags.add("sold_word")
    text = _without_telephone(text, flags)

    hint = _iso(currency_hint)
    found = _amounts(text, flags)
    bare = _bare_number(raw, flags) if not any(money.sign for money in found) else None
    if bare is not None:
        role = _role(text[: max(text.rfind("|"), text.rfind(":")) + 1], "")
        found = [_Money(0, len(text), bare, None, role)]
    else:
        found = [money for money in found if money.sign]

    chosen, kind = _choose(found, flags)
    if chosen is None:
        on_request = not found and _ON_REQUEST.first(framed) and "sold_word" not in flags
        return Price(None, None, "on_request" if on_request else None, frozenset(flags))
    currency = _currency(chosen.sign, hint, country)
    if currency is None:
        return Price(None, None, None, frozenset(flags | {"currency_unknown"}))
    if fault := _fault(chosen.amount, currency):
        on_request = bool(_ON_REQUEST.first(framed)) and "sold_word" not in flags
        return Price(None, None, "on_request" if on_request else None, frozenset(flags | {fault}))
    return Price(chosen.amount, currency, kind, frozenset(flags))


def _choose(found: list[_Money], flags: set[str]) -> tuple[_Money | None, PriceKind | None]:
    """The amount that is the price, by role; note in ``flags`` why the others are not."""
    by_role: dict[Role, list[_Money]] = {}
    for money in found:
        by_role.setdefault(money.role, []).append(money)
    if "none" in by_role:
        flags.add("other_amount")
    if "old" in by_role:
        flags.add("old_price")
    if "estimate" in by_role:
        flags.add("estimate")
        by_role.pop("plain", None)  # The second figure of "Estimate $a - $b".
    if "sold" in by_role:
        return by_role["sold"][-1], "sold"
    if "now" in by_role:
        return by_role["now"][-1], "asking"
    auction = flags & {"reserve_not_met", "not_sold", "withdrawn", "no_reserve"}
    if "plain" in by_role:
        plain = by_role["plain"]
        if auction & {"withdrawn", "no_reserve"}:
            return None, None
        if auction:
            return plain[-1], "bid"
        if "bid" not in by_role:
            return _single(plain, flags), "asking"
    if "bid" in by_role:
        return by_role["bid"][-1], "bid"
    if "list" in by_role and not auction:
        return _single(by_role["list"], flags), "asking"
    return None, None


def _single(plain: list[_Money], flags: set[str]) -> _Money | None:
    """The one plain amount; a second one in another currency is a conversion, else a riddle."""
    first = plain[0]
    for other in plain[1:]:
        if other.amount == first.amount:
            continue
        if other.sign == first.sign:
            flags.add("ambiguous")
            return None
        flags.add("converted")
    return first


def _amounts(text: str, flags: set[str]) -> list[_Money]:
    matches = list(_MONEY.finditer(text))
    found = []
    for index, match in enumerate(matches):
        before = text[matches[index - 1].end() if index else 0 : match.start()][-_REACH:]
        after = text[match.end() : matches[index + 1].start() if index + 1 < len(matches) else None]
        amount = _decimal(match["number"], match["suffix"])
        if amount is None:
            flags.add("malformed")
            continue
        sign = _sign(match["pre"], match["post"])
        found.append(_Money(match.start(), match.end(), amount, sign, _role(before, after)))
    return found


def _role(before: str, after: str) -> Role:
    """What the words around an amount make of it; the nearest word before it decides."""
    if not before and not after:
        return "plain"
    next_word = words(after[:_REACH], _REACH)
    if _NOT_A_PRICE_AFTER.lead(next_word):
        return "none"
    # "sold: $125,000" is a labelled price; "sold $67,995" a mark beside the asking price.
    if re.search(r"\b(?:sold|verkauft|vendu|venduto|verkocht)\s*:\s*$", before):
        return "sold"
    previous = words(before, _REACH)
    best: tuple[int, int, Role] = (-1, 0, "plain")
    for role, phrases in _ROLES:
        for at, phrase in phrases.found(previous):
            best = max(best, (at + len(phrase), len(phrase), role))
    if best[2] == "plain":
        if next_word.startswith((" bid ", " high bid ", " current bid ")):
            return "bid"
        if next_word.startswith((" hammer ", " hammer price ")):
            return "sold"
        if next_word.startswith((" estimate ", " est ")):
            return "estimate"
    return best[2]


def _decimal(number: str, suffix: str | None) -> Decimal | None:
    """The value of one matched number; None where its separators make no sense."""
    if not suffix and _THOUSANDS.fullmatch(number):
        return Decimal(number.replace(",", ""))
    digits = re.sub(r"[ ']", "", number)
    groups = re.split(r"[.,]", digits)
    separators = re.findall(r"[.,]", digits)
    if suffix:
        if len(groups) > 2:
            return None
        return _tidy(Decimal(".".join(groups)) * _POLICY.suffixes[suffix])
    if not separators:
        return _tidy(Decimal(digits))
    if len(groups[-1]) == 3:  # "119.900" and "1.250.000": the separators part thousands.
        uniform = len(set(separators)) == 1
        return _tidy(Decimal("".join(groups))) if uniform and len(groups[0]) <= 3 else None
    if len(groups[-1]) > 3:
        return None
    return _tidy(Decimal("".join(groups[:-1]) + "." + groups[-1]))


def _tidy(amount: Decimal) -> Decimal:
    """One spelling for each amount: no fraction, or exactly two digits of it."""
    amount = amount.quantize(Decimal("0.01"))
    whole = amount.to_integral_value()
    return whole if whole == amount else amount


def _bare_number(raw: str, flags: set[str]) -> Decimal | None:
    """The value of a field that holds nothing but a number ("54900"), as structured data does."""
    text = fold(raw, 40)
    match = _BARE.fullmatch(text)
    if match is None or len(raw) > 40:
        return None
    if _YEAR.fullmatch(match["number"]):
        flags.add("year")
        return None
    amount = _decimal(match["number"], match["suffix"])
    if amount is None:
        flags.add("malformed")
    return amount


def _without_telephone(text: str, flags: set[str]) -> str:
    cleaned = _TELEPHONE.sub(" | ", text)
    if cleaned != text:
        flags.add("telephone")
    return cleaned


def _sign(pre: str | None, post: str | None) -> str | None:
    """The more telling of the signs before and after: a code ("USD") beats a shared sign."""
    before = _POLICY.signs.get(" ".join((pre or "").split()))
    after = _POLICY.signs.get((post or "").strip())
    if before in _POLICY.shared_signs and after and after not in _POLICY.shared_signs:
        return after
    return before or after


def _currency(sign: str | None, hint: str | None, country: str | None) -> str | None:
    land = (country or "").strip().upper()
    if sign is None:
        return hint or _POLICY.country_currency.get(land)
    shared = _POLICY.shared_signs.get(sign)
    if shared is None:
        return sign
    if hint in shared.values():
        return hint
    return shared.get(land) or shared.get("*")


def _iso(code: str | None) -> str | None:
    text = (code or "").strip().upper()
    return text if re.fullmatch(r"[A-Z]{3}", text) else _POLICY_ISO.get(fold(code or "", 8))


def _fault(amount: Decimal, currency: str) -> str | None:
    if amount <= 1:
        return "zero"
    if amount in _PLACEHOLDERS:
        return "placeholder"
    most = _POLICY.most * (100 if currency in _POLICY.small_units else 1)
    return None if _POLICY.least <= amount <= most else "out_of_range"


def _alternatives(values: list[str]) -> str:
    return "|".join(re.escape(value) for value in sorted(values, key=lambda v: (-len(v), v)))


_POLICY = load("price", PricePolicy)
_ON_REQUEST = Phrases(_POLICY.on_request)
_SOLD_WORDS = Phrases(_POLICY.sold_words)
_NOT_SOLD = Phrases(_POLICY.not_sold)
_NOT_A_PRICE_AFTER = Phrases(_POLICY.not_a_price_after)
_REMARKS = PhraseTable(_POLICY.remarks)
_ROLES: tuple[tuple[Role, Phrases], ...] = (
    ("none", Phrases(_POLICY.not_a_price_before)),
    ("old", Phrases(_POLICY.old)),
    ("list", Phrases(_POLICY.list_price)),
    ("estimate", Phrases(_POLICY.estimate)),
    ("bid", Phrases(_POLICY.bid)),
    ("now", Phrases(_POLICY.now)),
    ("sold", Phrases(_POLICY.sold_for)),
)
_PLACEHOLDERS = frozenset(Decimal(value) for value in _POLICY.placeholders)
_POLICY_ISO = {sign: code for sign, code in _POLICY.signs.items() if re.fullmatch("[A-Z]{3}", code)}
_SIGN = _alternatives(list(_POLICY.signs))
_SUFFIX = _alternatives(list(_POLICY.suffixes))
_NUMBER = (
    r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2}(?![0-9]))?"
    r"|[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,2}(?![0-9]))?"
    r"|[0-9]{1,3}(?:'[0-9]{3})+(?:[.,][0-9]{1,2}(?![0-9]))?"
    r"|[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]{1,2}(?![0-9]))?"
    r"|[0-9]{1,3}(?:,[0-9]{2})+,[0-9]{3}"  # Indian grouping: 12,50,000.
    r"|[0-9]{1,15}(?:[.,][0-9]{1,6})?"
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15}")
_TAIL = r"(?![0-9])(?![.,'][0-9])(?:[.,] ?-{1,2}|-{1,2}(?![0-9a-z]))?"
_MONEY = re.compile(
    rf"(?:(?<![a-z0-9])(?P<pre>(?:{_SIGN})(?:\s?[$€£])?)\s{{0,2}})?"
    rf"(?<![0-9])(?<![0-9][.,'])(?P<number>{_NUMBER}){_TAIL}"
    rf"(?:\s?(?P<suffix>{_SUFFIX})(?![a-z0-9]))?"
    rf"(?:\s{{0,2}}(?P<post>{_SIGN})(?![a-z0-9])(?!\s?[0-9]))?"
)
_BARE = re.compile(
    rf"(?:[a-z][a-z ]{{0,24}}:)?\s*(?P<number>{_NUMBER}){_TAIL}(?:\s?(?P<suffix>{_SUFFIX}))?\s*"
)
_YEAR = re.compile(r"18[89][0-9]|19[0-9]{2}|20[0-9]{2}")
_TELEPHONE = re.compile(
    r"(?<![0-9$€£¥])(?:\+?1[ .-]?)?\(?[0-9]{3}\)?[ .-]{1,2}[0-9]{3}[ .-][0-9]{4}(?![0-9])"
    r"|(?<![0-9$€£¥.,-])[0-9]{3}-[0-9]{4}(?![0-9-])"
    r"|\+[0-9]{1,3}(?:[ ./()-]{0,2}[0-9]{1,5}){2,6}"
    r"|(?<![0-9])1-[0-9]{3}-[0-9a-z]{3,}"
)

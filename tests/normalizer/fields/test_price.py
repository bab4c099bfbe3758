"""Prices: the language is classified before a number is read (the traps of price-parser 0.5.1)."""

from decimal import Decimal

import pytest

from normalizer.fields.price import Price, parse_price


@pytest.mark.parametrize(
    ("trap", "raw", "amount", "currency"),
    [
        ("plain", "$54,900", "54900", "USD"),
        ("cents", "$54,900.00", "54900", "USD"),
        ("odd cents stay", "$54,900.50", "54900.50", "USD"),
        ("k suffix", "$125k", "125000", "USD"),
        ("M suffix", "$1.25M", "1250000", "USD"),
        ("million in words", "€1,25 Mio", "1250000", "EUR"),
        ("dot parts thousands", "$119.900", "119900", "USD"),
        ("German dash", "1.250.000,- €", "1250000", "EUR"),
        ("Swiss apostrophe", "CHF 245'000", "245000", "CHF"),
        ("typographic apostrophe and dash", "CHF 245\u2019000.\u2013", "245000", "CHF"),
        ("space parts thousands", "54 900 €", "54900", "EUR"),
        ("no-break space", "£\u00a045\u00a0000", "45000", "GBP"),
        ("lakh grouping", "₹ 12,50,000", "1250000", "INR"),
        ("decimal comma", "54.900,00 EUR", "54900", "EUR"),
        ("code before", "USD 45,000", "45000", "USD"),
        ("code glued", "USD54,900", "54900", "USD"),
        ("code after a glyph", "$45,000 CAD", "45000", "CAD"),
        ("US$", "US$54,900", "54900", "USD"),
        ("C$", "C$54,900", "54900", "CAD"),
        ("A$", "A$54,900", "54900", "AUD"),
        ("yen", "¥12,800,000", "12800000", "JPY"),
        ("yen above the bound of dollars", "¥980,000,000", "980000000", "JPY"),
        ("Brazilian", "R$ 450.000", "450000", "BRL"),
        ("the new price wins", "Was $129,900 Now $119,900", "119900", "USD"),
        ("reduced from to", "Reduced from $50,000 to $45,000", "45000", "USD"),
        ("list price first", "MSRP $40,868 Our Price $39,095", "39095", "USD"),
        ("struck in German", "statt 129.900 € jetzt 119.900 €", "119900", "EUR"),
        ("year is no price", "1967 Ferrari 275 GTB/4 - $3,200,000", "3200000", "USD"),
        ("monthly payment beside", "$54,900 or $599/mo", "54900", "USD"),
        ("fee beside", "$45,000 plus $799 doc fee", "45000", "USD"),
        ("phrase beside an amount", "$54,900 - call for details", "54900", "USD"),
        ("conversion in parentheses", "€450,000 ($488,991)", "450000", "EUR"),
        ("asking of a sold tile", "SOLD $67,995", "67995", "USD"),
        ("last asking", "Last Asking $45,000", "45000", "USD"),
        ("sale price is a discount", "Sale Price: $45,000", "45000", "USD"),
        ("buy now beside a bid", "Buy now $50,000, current bid $30,000", "50000", "USD"),
        ("bare number of a structured field", "54900", "54900", "USD"),
        ("bare number with a label", "Price: 54,900", "54900", "USD"),
        ("a lone list price", "List Price: $45,000", "45000", "USD"),
        ("a list price beside another", "Retail $50,000 Sale $45,000", "45000", "USD"),
        ("offers over", "Offers over £50,000", "50000", "GBP"),
        ("spaced sign", "AU $45,000", "45000", "AUD"),
        ("same amount twice", "$45,000 $45,000", "45000", "USD"),
    ],
)
def test_an_asking_price_is_read(trap: str, raw: str, amount: str, currency: str) -> None:
    price = parse_price(raw, country="US")
    assert (price.amount, price.currency, price.kind) == (Decimal(amount), currency, "asking"), trap


@pytest.mark.parametrize(
    "raw",
    [
        "POA",
        "P.O.A.",
        "Price on Application",
        "Price on request",
        "Price upon request",
        "Inquire",
        "Call",
        "Call for Price",
        "Call for price (719) 555-0100",
        "Contact us",
        "TBA",
        "Please enquire",
        "Preis auf Anfrage",
        "Prix sur demande",
        "Prezzo su richiesta",
        "Trattativa riservata",
        "Prijs op aanvraag",
        "Price Undisclosed",
        "Make Offer",
        "$0 - call for price",
    ],
)
def test_on_request_is_a_claim_without_an_amount(raw: str) -> None:
    price = parse_price(raw, country="US")
    assert (price.amount, price.currency, price.kind) == (None, None, "on_request")


@pytest.mark.parametrize(
    ("trap", "raw", "flag"),
    [
        ("SOLD is not the currency LD", "SOLD", "sold_word"),
        ("Verkauft", "Verkauft", "sold_word"),
        ("Vendu", "Vendu", "sold_word"),
        ("Venduto", "Venduto", "sold_word"),
        ("Verkocht", "Verkocht", "sold_word"),
        ("sold and on request", "SOLD - price on request", "sold_word"),
        ("one pound", "£1", "zero"),
        ("zero", "Price: $0", "zero"),
        ("bare zero", "0", "zero"),
        ("bare one", "1", "zero"),
        ("telephone", "(719) 555-0100", "telephone"),
        ("short telephone", "555-0100", "telephone"),
        ("bare year", "1967", "year"),
        ("below the bound", "$50", "out_of_range"),
        ("above the bound", "$600,000,000", "out_of_range"),
        ("filler", "$1,234,567", "placeholder"),
        ("monthly payment alone", "$599/mo", "other_amount"),
        ("deposit alone", "$500 deposit", "other_amount"),
        ("down special", "Call 555-0100 for our $99 down special", "other_amount"),
        ("old price alone", "Was $129,900", "old_price"),
        ("list price alone", "MSRP: $40,868", "old_price"),
        ("two prices", "$39,095 $40,868", "ambiguous"),
        ("range", "$45,000 - $50,000", "ambiguous"),
        ("estimate", "Estimate $100,000\u2013$150,000", "estimate"),
        ("reserve not met", "Reserve not met", "reserve_not_met"),
        ("no reserve", "No Reserve", "no_reserve"),
        ("withdrawn", "Withdrawn", "withdrawn"),
        ("krone of an unknown country", "kr 450.000", "currency_unknown"),
    ],
)
def test_what_is_no_price_has_no_kind_but_a_flag(trap: str, raw: str, flag: str) -> None:
    price = parse_price(raw, country="US")
    assert (price.amount, price.currency) == (None, None), trap
    assert price.kind in (None, "on_request")
    assert flag in price.flags, trap


@pytest.mark.parametrize(
    ("raw", "label", "amount"),
    [
        ("Sold for $125,000", None, 125_000),
        ("Sold: $125,000", None, 125_000),
        ("Hammer price: $1,200,000", None, 1_200_000),
        ("$125,000", "Sold for", 125_000),
        ("$125,000 hammer", None, 125_000),
        ("Asking $130,000. Sold for $125,000", None, 125_000),
        ("Verkauft für 125.000 $", None, 125_000),
    ],
)
def test_what_was_paid_is_of_kind_sold(raw: str, label: str | None, amount: int) -> None:
    price = parse_price(raw, label=label, country="US")
    assert (price.amount, price.currency, price.kind) == (Decimal(amount), "USD", "sold")


@pytest.mark.parametrize(
    "raw",
    ["Bid to $410,000", "Current bid: $410,000", "Not Sold $410,000", "Reserve not met $410,000"],
)
def test_a_bid_is_never_an_asking_price(raw: str) -> None:
    price = parse_price(raw, country="US")
    assert (price.amount, price.kind) == (Decimal(410_000), "bid")


@pytest.mark.parametrize(
    ("raw", "hint", "country", "currency"),
    [
        ("$54,900", None, None, "USD"),
        ("$54,900", None, "CA", "CAD"),
        ("$54,900", None, "AU", "AUD"),
        ("$54,900", None, "DE", "USD"),
        ("$54,900", "CAD", "US", "CAD"),
        ("€54,900", "USD", "US", "EUR"),
        ("kr 450.000", None, "SE", "SEK"),
        ("450 000 kr", None, "NO", "NOK"),
        ("kr 450.000", None, "DK", "DKK"),
        ("54900", "EUR", None, "EUR"),
        ("54900", "eur", "US", "EUR"),
        ("54900", None, "GB", "GBP"),
        ("54.900", None, "DE", "EUR"),
        ("54900", None, None, None),
    ],
)
def test_sign_hint_and_country_decide_the_currency_in_this_order(
    raw: str, hint: str | None, country: str | None, currency: str | None
) -> None:
    price = parse_price(raw, currency_hint=hint, country=country)
    assert price.currency == currency
    assert (price.amount is None) == (currency is None)


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("£45,000 + VAT", "vat_excluded"),
        ("£45,000 plus VAT", "vat_excluded"),
        ("54.900 € netto", "vat_excluded"),
        ("€45,000 margin scheme", "margin_scheme"),
        ("$45,000 OBO", "obo"),
        ("125.000 EUR VB", "obo"),
        ("$45,000 firm", "firm"),
    ],
)
def test_remarks_stay_beside_the_price(raw: str, flag: str) -> None:
    price = parse_price(raw, country="US")
    assert price.kind == "asking"
    assert flag in price.flags


@pytest.mark.parametrize("raw", [None, "", "   ", "$", "€", "Price:", "\x00", "\ud800"])
def test_nothing_is_said_where_nothing_stands(raw: str | None) -> None:
    assert parse_price(raw) == Price()


def test_a_label_speaks_about_the_amount() -> None:
    assert parse_price("$40,868", label="MSRP", country="US").amount is None
    assert parse_price("$39,095", label="Our Price", country="US").amount == 39_095
    assert parse_price("$599", label="Monthly payment", country="US").amount is None
    assert parse_price("$67,995", label="Sold", country="US").kind == "asking"

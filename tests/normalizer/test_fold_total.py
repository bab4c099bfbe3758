"""The fold never fails on content that fits the contract: one odd card must not stop a dealer."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.observation import ContractViolation, Source
from contract.payloads import FoundAddress
from tests.normalizer.observed import found, profile
from tests.normalizer.test_fold import constraints, world
from tests.normalizer.worlds import Dealer

ODD_URLS = [
    "http://[",
    "https://[::1",
    "http://a:99999999/x",
    "http://a:b/",
    "https://x.example/%zz?q=%",
    "https://x.example/ü/ñ?ä=ö",
    "https://user:pw@x.example/a#b",
    "https://x.example",
    "https://\u202ex.example/a",
    "https://x.example/" + "a" * 2_000,
    "https://..../",
]
TEXT = st.one_of(
    st.sampled_from(
        [
            "0",
            "1967",
            "$1",
            "$999,999,999,999,999,999",
            "€ 1.234.567,89",
            "Sold for $0",
            "1e400",
            "٣٤٥",
            "²½",
            "99999999999999999999 km",
            "-5",
            "WP0AC2995TS375318",
            "A" * 1_900,
            "1967 " * 300,
            "\u0301" * 900,
            "\uff11\uff19\uff16\uff17 Ford",
            "0000 Ford",
            "9999 Ford",
            "1967–1968 Ford/Chevrolet",
        ]
    ),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60
    ),
)
URL = st.one_of(
    st.sampled_from(ODD_URLS),
    st.from_regex(r"https?://[^\s\x00\ud800-\udfff]{1,60}", fullmatch=True),
)
FIELDS = [
    "title",
    "year",
    "make",
    "model",
    "trim",
    "price",
    "price_label",
    "price_currency",
    "mileage",
    "mileage_unit",
    "vin",
    "stock_number",
    "engine",
    "transmission",
    "exterior_color",
    "description",
]
CARD = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIELDS, TEXT),
        "thumbnail_url": URL,
        "image_urls": st.lists(URL, max_size=4).map(tuple),
        "status_words": st.lists(TEXT, max_size=3).map(tuple),
        "status_evidence": st.sampled_from(["mark", "current_grid", "sold_grid", "feed"]),
        "listing_status": st.sampled_from(["in_stock", "sold"]),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    walks=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["current", "sold", "feed"]),
            st.dictionaries(st.one_of(URL, st.sampled_from(["/a", "/b", "K1"])), CARD, max_size=3),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_any_listing_that_fits_the_contract_folds(
    walks: list[tuple[int, str, dict[str, dict[str, Any]]]],
) -> None:
    dealer = Dealer()
    for at, grid, cards in walks:
        source = Source.HOMENET if grid == "feed" else Source.DEALER_SITE
        try:
            dealer.walk(at, cards, grid=grid, source=source, alive=ODD_URLS[:2])
        except (ContractViolation, ValueError):
            continue  # The contract refuses the card.
    rows = dealer.rows()
    constraints(rows)
    for car in rows.vehicles:
        assert car.year is None or 1880 <= car.year <= 2100
        assert car.price is None or 0 < car.price < 10**12
        assert car.mileage is None or 0 <= car.mileage < 2**31
        assert car.currency is None or len(car.currency) == 3
        # What PostgreSQL's unique indexes can hold.
        assert len(car.identity_key.encode()) < 2_700


ODD_PROFILES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        [
            "name",
            "dealer_license",
            "website",
            "phone",
            "email",
            "coordinates",
            "logo",
            "favicon",
            "banner",
            "description",
            "same_as",
            "inventory_url",
        ],
        st.lists(st.one_of(TEXT, URL), min_size=1, max_size=3),
    ),
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(fields=ODD_PROFILES, address=TEXT)
def test_any_profile_that_fits_the_contract_folds(
    fields: dict[str, list[str]], address: str
) -> None:
    values: dict[str, Any] = {name: found(*texts) for name, texts in fields.items()}
    name = values.pop("name", None)
    where = (FoundAddress(origin="website", where="test", text=address, city=address),)
    dealer = Dealer()
    evidence = profile(at=1, address=where, **values)
    if name:
        payload = evidence.payload.model_copy(update={"name": name})
        object.__setattr__(evidence, "payload", payload)
    dealer.evidence = [evidence]
    (row,) = dealer.rows().businesses
    assert row.name
    assert row.country is None or (len(row.country) == 2 and row.country.isupper())


def test_hash_randomization_changes_no_row() -> None:
    script = (
        "import hashlib; from tests.normalizer.test_fold import world;"
        "print(hashlib.sha256(repr([world(n).rows() for n in range(12)]).encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2", "77")
    }
    here = repr([world(number).rows() for number in range(12)])
    assert digests == {hashlib.sha256(here.encode()).hexdigest()}

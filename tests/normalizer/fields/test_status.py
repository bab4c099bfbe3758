"""Status words: only a short mark about this car counts."""

import pytest

from normalizer.fields.status import status_of


@pytest.mark.parametrize(
    "mark",
    [
        "SOLD",
        "Sold!",
        "SOLD!!!",
        "Just Sold",
        "Verkauft",
        "Vendu",
        "Venduto",
        "Verkocht",
        "https://schema.org/SoldOut",
        "SoldOut",
        "sold_vehicle",
        "vlp-ribbon sold",
        "inventory-price__link-sold",
        "price--sold-out",
        "sold_text",
        "cam-sold-banner",
        "inactif",
    ],
)
def test_sold(mark: str) -> None:
    assert status_of([mark]) == "sold"


@pytest.mark.parametrize(
    "mark",
    [
        "Sale Pending",
        "SALE PENDING!",
        "Sold Pending",
        "Deposit taken",
        "Under contract",
        "Under Offer",
        "On Hold",
        "Reserved",
        "Reserviert",
        "Réservé",
        "Gereserveerd",
        "sale_pending",
        "Sale Pending - John",
    ],
)
def test_pending(mark: str) -> None:
    assert status_of([mark]) == "pending"


@pytest.mark.parametrize(
    "mark",
    [
        "",
        "For Sale",
        "InStock",
        "never sold",
        "Not Sold",
        "Unsold",
        "sold individually",
        "sold with spare wheels",
        "Recently Sold",
        "Recently Sold Cars",
        "View Sold Inventory",
        "Reserve not met",
        "No Reserve",
        "All rights reserved",
        "Trattativa riservata",
        "It was sold new by Brumos Porsche in 1973 and has never been restored",
        "In Transit",
        "In Production",
    ],
)
def test_words_that_hold_a_status_and_give_none(mark: str) -> None:
    assert status_of([mark]) is None


def test_sold_beats_pending_among_several_marks() -> None:
    assert status_of(["Sale Pending", "SOLD"]) == "sold"
    assert status_of(["For Sale", "Sale Pending"]) == "pending"
    assert status_of([]) is None

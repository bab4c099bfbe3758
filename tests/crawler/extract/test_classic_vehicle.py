"""classic.com as a source: one car's page, and a seller's listing table."""

import pytest

from crawler.extract.classic_vehicle import read_classic_vehicle, read_seller_listings
from crawler.extract.page import Page

URL = "https://www.classic.com/veh/1971-maserati-ghibli-ss-am115492118-Ab12Cd3/"
IMAGES = "https://images.classic.com/vehicles"
PAGE = f"""<title>1971 Maserati Ghibli SS VIN: AM115492118 - CLASSIC.COM</title>
<div><h1>1971 Maserati Ghibli SS</h1><div>VIN: AM115492118</div><div>View count is the number of times the vehicle
detail page has been opened in the past thirty days.</div><div>STATUS</div><div>$262,500</div><div>by</div>
<a href="/s/grove-Zz9Yy8X/">Grove</a><div>Austin, Texas, USA</div><div>41,300 mi</div></div>
<h2>Specs</h2><div><div>Year</div><div>1971</div><div>Make</div><div>Maserati</div><div>Model Family</div><div>Ghibli</div>
<div>Model Variant</div><div>SS</div><div>Model Trim</div><div>-</div><div>Engine</div><div>4.9L V8</div>
<div>Drive Type</div><div>RWD</div><div>Mileage</div><div>41,300 mi</div><div>VIN</div><div>AM115492118</div>
<div>Driver Side</div><div>Left Hand Drive</div></div>
<img src="{IMAGES}/aa11.jpg?w=1200&fit=crop"><img data-src="{IMAGES}/bb22.jpg?ar=16:9&w=300"><img src="{IMAGES}/aa11.jpg?w=90">
<img src="https://images.classic.com/uploads/dealer/Grove.png" alt="Grove">
<h2>History</h2><div>Sold at Monterey for $240,000</div>
<section id="comps"><h2>12 Comps</h2><a href="/veh/1970-maserati-ghibli-am115492000-Qq11Ww2/"><img src="{IMAGES}/cc33.jpg">1970 Maserati Ghibli
<div>Sold</div></a></section>"""


def page(status: str) -> Page:
    return Page(URL, PAGE.replace("STATUS", status))


def test_a_car_s_page_gives_its_pairs_and_its_own_photos_in_full_size() -> None:
    detail = read_classic_vehicle(page("For Sale"))
    assert (detail.year, detail.make, detail.model, detail.trim) == (
        "1971",
        "Maserati",
        "Ghibli",
        "SS",
    )
    assert (detail.vin, detail.engine, detail.drivetrain) == ("AM115492118", "4.9L V8", "RWD")
    assert (detail.mileage, detail.location) == ("41,300 mi", "Austin, Texas, USA")
    assert (detail.price, detail.price_label, detail.description) == ("$262,500", None, None)
    assert detail.attributes["Driver Side"] == "Left Hand Drive"
    assert "Model Trim" not in detail.attributes
    assert detail.image_urls == (f"{IMAGES}/aa11.jpg", f"{IMAGES}/bb22.jpg")
    assert detail.confidence >= 0.5


@pytest.mark.parametrize(
    ("words", "status", "label"),
    [
        ("For Sale", "in_stock", None),
        ("Sold", "sold", "Sold"),
        ("Last Asking", "unknown", "Last Asking"),
        ("Not Sold", "unknown", "Not Sold"),
    ],
)
def test_the_header_alone_says_what_became_of_the_car(
    words: str, status: str, label: str | None
) -> None:
    detail = read_classic_vehicle(page(words))
    assert (detail.page_status, detail.price_label) == (status, label)


def test_a_challenge_is_no_car() -> None:
    challenge = "<title>Just a moment...</title><div id=challenge-running></div>"
    assert read_classic_vehicle(Page(URL, challenge, 403)).confidence == 0.0


ROWS = """<table id="dealer-listings-table"><tr><th>Vehicle</th><th>Price</th><th>Status</th></tr>
<tr><td><a href="/veh/1969-jaguar-e-type-1r12345-Aa1Bb2C"><img src="https://images.classic.com/vehicles/dd.jpg?w=300"></a>
<a href="/veh/1969-jaguar-e-type-1r12345-Aa1Bb2C/">1969 Jaguar E-Type</a></td><td>$88,000</td><td>For Sale</td></tr>
<tr><td><a href="/veh/2015-porsche-911-gt3-wp0ac2a90fs183322-Dd3Ee4F/">2015 Porsche 911 GT3</a></td><td>$139,000</td><td>Sold</td></tr>
</table>"""


@pytest.mark.parametrize("dress", ["table", "cards"])
def test_a_seller_s_cars_are_read_from_its_profile(dress: str) -> None:
    body = ROWS
    if dress == "cards":
        body = ROWS.replace("<tr>", "<div class=group>").replace("</tr>", "</div>")
        body = body.replace("<td>", "<div>").replace("</td>", "</div>").replace("table", "section")
    grid = read_seller_listings(Page("https://www.classic.com/s/grove-Zz9Yy8X/", body))
    jaguar, porsche = grid.cards
    assert (jaguar.title, jaguar.price, jaguar.vin) == ("1969 Jaguar E-Type", "$88,000", None)
    assert jaguar.image_urls == ("https://images.classic.com/vehicles/dd.jpg",)
    assert (porsche.vin, porsche.mark) == ("WP0AC2A90FS183322", "sold")

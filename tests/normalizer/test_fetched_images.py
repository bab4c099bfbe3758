"""What became of fetching pictures: galleries after it, placeholders, and an organization's own."""

from typing import Any

import pytest

from contract.handles import organization_handle
from normalizer.rows import ImageRow
from tests.normalizer.observed import PROFILE, SITE, found, profile
from tests.normalizer.worlds import Dealer, one

PHOTOS = tuple(f"{SITE}/photos/{name}.jpg" for name in "abc")


def dealer_with(*urls: str, cars: int = 1, **own: Any) -> Dealer:
    dealer = Dealer(**own)
    cards = {
        f"/vehicles/{n}": {"image_urls": tuple(url.replace("{n}", str(n)) for url in urls)}
        for n in range(cars)
    }
    dealer.walk(0, cards)
    return dealer


def images(dealer: Dealer) -> list[ImageRow]:
    return list(dealer.rows().vehicle_images)


def test_a_stored_picture_fills_its_row() -> None:
    dealer = dealer_with(*PHOTOS)
    fetch = dealer.fetch(PHOTOS[1], 1)
    rows = images(dealer)
    assert [row.status for row in rows] == ["pending", "stored", "pending"]
    stored = rows[1]
    assert stored.sha256 is not None
    assert stored.storage_key == fetch.payload.storage_key  # type: ignore[attr-defined]
    assert (stored.width, stored.height, stored.reason) == (1600, 1200, None)


def test_the_newest_fetch_counts_whatever_arrived_first() -> None:
    dealer = dealer_with(*PHOTOS)
    dealer.fetch(PHOTOS[0], 3, outcome="refused", reason="svg")
    dealer.fetch(PHOTOS[0], 1)
    assert (images(dealer)[0].status, images(dealer)[0].reason) == ("refused", "svg")
    dealer.fetch(PHOTOS[0], 4)
    assert (images(dealer)[0].status, images(dealer)[0].reason) == ("stored", None)


def test_a_fetch_of_the_same_photo_by_another_query_or_scheme_counts() -> None:
    dealer = dealer_with(f"{PHOTOS[0]}?t=1", PHOTOS[1])
    dealer.fetch(PHOTOS[0].replace("https:", "http:") + "?t=2", 1)
    assert images(dealer)[0].status == "stored"


def test_a_stored_thumbnail_is_not_its_full_size_picture() -> None:
    thumbnail = f"{SITE}/photos/thumbs/a.jpg"
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": {"thumbnail_url": thumbnail}})
    dealer.fetch(thumbnail, 1)
    assert images(dealer)[0].status == "stored"
    dealer.page("/vehicles/1", 2, image_urls=(f"{SITE}/photos/a.jpg",))
    (row,) = images(dealer)
    assert (row.source_url, row.status) == (f"{SITE}/photos/a.jpg", "pending")


def test_two_urls_with_one_content_keep_the_lower_position() -> None:
    dealer = dealer_with(*PHOTOS)
    for url in PHOTOS:
        dealer.fetch(url, 1, content="one" if url != PHOTOS[1] else "two")
    rows = images(dealer)
    assert [(row.position, row.source_url) for row in rows] == [(0, PHOTOS[0]), (1, PHOTOS[1])]


@pytest.mark.parametrize(("cars", "left"), [(5, 10), (6, 6)])
def test_a_content_on_more_than_five_cars_is_a_placeholder(cars: int, left: int) -> None:
    """Under URLs of its own for every car."""
    dealer = dealer_with(f"{SITE}/photos/{{n}}/soon.jpg", f"{SITE}/photos/{{n}}/a.jpg", cars=cars)
    for number in range(cars):
        dealer.fetch(f"{SITE}/photos/{number}/soon.jpg", 1, content="photos coming soon")
        dealer.fetch(f"{SITE}/photos/{number}/a.jpg", 1)
    rows = images(dealer)
    assert len(rows) == left
    assert {row.position for row in rows if row.is_primary} == {0}


def test_a_page_that_shows_a_placeholder_alone_leaves_the_grids_thumbnail() -> None:
    dealer = Dealer()
    dealer.walk(0, {f"/vehicles/{n}": {"thumbnail_url": f"{SITE}/grid/{n}.jpg"} for n in range(6)})
    for number in range(6):
        url = f"{SITE}/photos/{number}/soon.jpg"
        dealer.page(f"/vehicles/{number}", 1, image_urls=(url,))
        dealer.fetch(url, 2, content="photos coming soon")
    assert {row.source_url for row in images(dealer)} == {
        f"{SITE}/grid/{number}.jpg" for number in range(6)
    }


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_a_picture_that_was_not_stored_stays_listed_but_stands_for_no_car(outcome: str) -> None:
    dealer = dealer_with(*PHOTOS[:2])
    dealer.fetch(PHOTOS[0], 1, outcome=outcome, reason="html_in_disguise")
    rows = images(dealer)
    assert [(row.status, row.reason, row.is_primary) for row in rows] == [
        (outcome, "html_in_disguise", False),
        ("pending", None, True),
    ]
    dealer.fetch(PHOTOS[1], 1, outcome=outcome)
    assert not any(row.is_primary for row in images(dealer))


def test_a_fetch_applies_within_its_organization_alone() -> None:
    """The evidence of a fold is the organization's own: another one's fetch is none of it."""
    dealer = dealer_with(*PHOTOS)
    stranger = organization_handle("classic.com", "https://www.classic.com/s/stranger/")
    dealer.fetch(PHOTOS[0], 1, handle=stranger)
    ours = [item for item in dealer.evidence if item.organization_id == dealer.handle]
    assert {row.status for row in dealer.rows(ours).vehicle_images} == {"pending"}


def test_a_picture_told_again_changes_nothing() -> None:
    dealer = dealer_with(*PHOTOS)
    dealer.fetch(PHOTOS[0], 1)
    before = dealer.rows()
    dealer.fetch(PHOTOS[0], 2)
    assert dealer.rows() == before


def test_what_was_fetched_moves_no_vehicles_content() -> None:
    dealer = dealer_with(*PHOTOS)
    before = one(dealer.rows())
    dealer.fetch(PHOTOS[0], 1)
    assert one(dealer.rows()) == before


LOGO, ICON, BANNER = (f"{SITE}/img/{name}" for name in ("logo.png", "favicon.ico", "lot.jpg"))


def test_an_organizations_own_pictures_are_pending_until_they_are_fetched() -> None:
    dealer = Dealer(logo=found(LOGO), favicon=found(ICON), banner=found(BANNER))
    rows = dealer.rows().organization_images
    assert [(row.purpose, row.source_url, row.status) for row in rows] == [
        ("banner", BANNER, "pending"),
        ("favicon", ICON, "pending"),
        ("logo", LOGO, "pending"),
    ]
    dealer.fetch(LOGO, 1, purpose="logo")
    dealer.fetch(ICON, 1, purpose="favicon", outcome="refused", reason="svg")
    dealer.fetch(BANNER, 1, purpose="logo")
    rows = dealer.rows().organization_images
    assert [(row.purpose, row.status, row.reason) for row in rows] == [
        ("banner", "pending", None),
        ("favicon", "refused", "svg"),
        ("logo", "stored", None),
    ]
    assert rows[2].sha256


def test_a_new_logo_is_fetched_anew() -> None:
    dealer = Dealer(logo=found(LOGO))
    dealer.fetch(LOGO, 1, purpose="logo")
    dealer.evidence.append(profile(PROFILE, at=2, logo=found(f"{SITE}/img/logo2.png")))
    (row,) = dealer.rows().organization_images
    assert (row.source_url, row.status) == (f"{SITE}/img/logo2.png", "pending")

"""Galleries: photos and furniture, one photo behind many URLs, and whose gallery counts."""

import pytest

from contract.observation import Source
from normalizer.photo_urls import photo_identity, photos
from tests.normalizer.observed import SITE
from tests.normalizer.worlds import Dealer

ACCELERATE = "https://cdn.dealeraccelerate.com/gateway/31/5450/98765"
CLOUDINARY = "https://res.cloudinary.com/dealer/image/upload"
IMGIX = "https://images.classic.com/vehicles/4f1c"


@pytest.mark.parametrize(
    "url",
    [
        "https://images.classic.com/uploads/dealer/One_Eleven_Motorcars.png",
        "https://x.supabase.co/storage/v1/organization-logos/oldtimers.example-logo.png",
        "https://cdn.dealeraccelerate.com/gateway/logo.png",
        f"{SITE}/images/logo.jpg",
        f"{SITE}/images/gateway-logo-white.png",
        f"{SITE}/favicon.ico",
        f"{SITE}/img/icon-phone.svg",
        f"{SITE}/img/phone-icon.png",
        f"{SITE}/img/sprite.png",
        f"{SITE}/img/sprite-2x.png",
        f"{SITE}/img/banner_summer.jpg",
        f"{SITE}/img/no-image.jpg",
        f"{SITE}/img/photo_coming_soon.jpg",
        f"{SITE}/photos/ina_f.jpg",
        f"{SITE}/assets/carfax_badge.png",
        f"{SITE}/img/placeholder-800x600.png",
        "https://www.facebook.com/tr?id=1&ev=PageView",
    ],
)
def test_logos_and_site_furniture_are_no_photos(url: str) -> None:
    assert photo_identity(url) is None
    assert photos([url]) == ()


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/photos/logotype-of-the-car/1.jpg",
        "https://cdn.iconicmotors.example/cars/77/front.jpg",
        f"{SITE}/photos/1967-ford-mustang-badge-delete-car/front.jpg",
        f"{ACCELERATE}/790x1024/1967-ford-mustang",
        f"{ACCELERATE}/790x1024/1958-austin-healey-sprite",
        f"{ACCELERATE}/790x1024/w22/1958-austin-healey-sprite-restomod.avif",
        f"{SITE}/uploads/austin-healey-sprite-3.jpg",
        f"{SITE}/uploads/1972-icon-fj44.jpg",
        f"{SITE}/uploads/icon-bronco-1969.jpg",
        "https://wmphotos.blob.core.example/abc/5f1e_640.jpg",
        f"{SITE}/img.ashx?id=7",
    ],
)
def test_photos_of_cars_are_kept(url: str) -> None:
    assert photos([url]) == (url,)


def test_dealer_accelerate_photos_need_no_file_extension() -> None:
    """Image services serve photos from URLs without an extension."""
    urls = [f"{ACCELERATE}/790x1024/1967-ford-mustang", f"{ACCELERATE}/1920x1440/w12/other.avif"]
    assert photo_identity(urls[0]) == "dealeraccelerate.com/gateway/5450/98765"
    assert photos(urls) == (urls[1],)


@pytest.mark.parametrize(
    ("small", "full"),
    [
        (f"{CLOUDINARY}/w_400,h_300,c_fill/v1/cars/7.jpg", f"{CLOUDINARY}/v1/cars/7.jpg"),
        (f"{CLOUDINARY}/c_limit,w_300/cars/7.jpg", f"{CLOUDINARY}/c_limit,w_1600/cars/7.jpg"),
        (f"{SITE}/uploads/car-300x200.jpg", f"{SITE}/uploads/car.jpg"),
        (f"{SITE}/uploads/car-300x200.jpg", f"{SITE}/uploads/car-1024x768.jpg"),
        (f"{SITE}/photos/7_120.jpg", f"{SITE}/photos/7_1280.jpg"),
        (f"{SITE}/photos/thumbs/7.jpg", f"{SITE}/photos/7.jpg"),
        (f"{SITE}/photos/thumb/7.jpg", f"{SITE}/photos/large/7.jpg"),
        (f"{SITE}/photos/7_thumb.jpg", f"{SITE}/photos/7.jpg"),
        (
            "https://cdn05.carsforsale.com/ab12/320x240/1.jpg",
            "https://cdn05.carsforsale.com/ab12/800x600/1.jpg",
        ),
        (f"{SITE}/img.ashx?id=7&w=200", f"{SITE}/img.ashx?id=7"),
        (f"http://{SITE[12:]}/b/7.jpg?w=300", f"{SITE}/b/7.jpg"),
        (f"http://www.{SITE[12:]}/a/7.jpg?w=300", f"http://www.{SITE[12:]}/a/7.jpg?w=1600"),
    ],
)
def test_the_full_size_stands_for_its_thumbnails(small: str, full: str) -> None:
    """Else thumbnails are stored in place of originals."""
    assert photo_identity(small) == photo_identity(full)
    assert photos([small, full]) == photos([full, small]) == (full,)


def test_the_query_asks_for_a_size_and_names_nothing() -> None:
    urls = [f"{IMGIX}.jpg?auto=format&fit=crop&ar=16:9&w={width}" for width in (300, 1200)]
    assert photos(urls) == (f"{IMGIX}.jpg",)
    assert photo_identity(f"{IMGIX}.jpg") != photo_identity(f"{IMGIX}0.jpg")


def test_scripts_name_their_photos_in_the_query() -> None:
    urls = [f"{SITE}/img.ashx?id=7", f"{SITE}/img.ashx?id=8", f"{SITE}/img.ashx?w=9&id=8"]
    assert photos(urls) == (urls[0], urls[1])


def test_a_photo_keeps_its_first_place() -> None:
    urls = [f"{SITE}/a/1_120.jpg", f"{SITE}/a/2.jpg", f"{SITE}/a/1_1280.jpg"]
    assert photos(urls) == (urls[2], urls[1])


def test_different_photos_stay_different() -> None:
    urls = [f"{ACCELERATE[:-5]}{number}/790x1024/slug" for number in range(5)]
    urls += [f"{SITE}/a/IMG_{number}.jpg" for number in (120, 121, 1280)]
    urls += [f"{SITE}/A/x.jpg", f"{SITE}/a/x.jpg"]
    assert len(photos(urls)) >= len(urls) - 1


def gallery(dealer: Dealer) -> list[str]:
    return [row.source_url for row in dealer.rows().vehicle_images]


def test_the_newest_gallery_replaces_its_predecessor() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"image_urls": tuple(f"{SITE}/p/{n}.jpg" for n in (1, 2, 3))}})
    dealer.walk(1, {"/a": {"image_urls": tuple(f"{SITE}/p/{n}.jpg" for n in (3, 1))}})
    rows = dealer.rows().vehicle_images
    assert [(row.position, row.is_primary, row.status) for row in rows] == [
        (0, True, "pending"),
        (1, False, "pending"),
    ]
    assert gallery(dealer) == [f"{SITE}/p/3.jpg", f"{SITE}/p/1.jpg"]


def test_a_grid_thumbnail_serves_and_gives_way_to_a_gallery() -> None:
    dealer = Dealer()
    vin = {"vin": "WP0AC2995TS375318"}
    dealer.walk(1, {"/a": {**vin, "thumbnail_url": f"{SITE}/p/thumbs/1.jpg"}})
    assert gallery(dealer) == [f"{SITE}/p/thumbs/1.jpg"]
    feed = tuple(f"https://feeds.example/{number}.jpg" for number in range(4))
    dealer.walk(0, {"K": {**vin, "image_urls": feed}}, grid="feed", source=Source.HOMENET)
    assert gallery(dealer) == list(feed)
    dealer.walk(2, {"/a": {**vin, "image_urls": (f"{SITE}/p/1.jpg", f"{SITE}/p/2.jpg")}})
    assert gallery(dealer) == [f"{SITE}/p/1.jpg", f"{SITE}/p/2.jpg"]


def test_a_changed_cache_buster_changes_no_photo() -> None:
    dealer = Dealer()
    for at in range(3):
        dealer.walk(
            at, {"/a": {"image_urls": (f"{SITE}/p/1.jpg?t={at}", f"{SITE}/p/2.jpg?t={at}")}}
        )
    assert gallery(dealer) == [f"{SITE}/p/1.jpg?t=0", f"{SITE}/p/2.jpg?t=0"]
    assert dealer.car("/a").content_changed_at == dealer.car("/a").first_seen_at


def test_a_gallery_of_furniture_alone_is_empty() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"image_urls": (f"{SITE}/img/logo.png",)}})
    assert gallery(dealer) == []

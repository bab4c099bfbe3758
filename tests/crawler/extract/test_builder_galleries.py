"""Galleries as site builders and shop systems write them."""

import json

import pytest

from crawler.extract.detail import read_detail
from crawler.extract.page import Page
from crawler.extract.picture_urls import original_of, picture_identity, picture_width

SITE = "https://ridge.example"
NAMES = ("a81f", "b92e", "c03d", "d14c", "e25b")
HEAD = "<title>1967 Ford Mustang</title><h1>1967 Ford Mustang</h1><p>$31,500</p>"


def gallery(body: str) -> list[str]:
    page = Page(
        f"{SITE}/cars/1967-ford-mustang", f"<html><body><main>{HEAD}{body}</main></body></html>"
    )
    return [url.removeprefix(SITE) for url in read_detail(page).image_urls]


def each(template: str) -> str:
    return "".join(template.replace("@", name) for name in NAMES)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        # Webflow, PrestaShop, Magento 2, Jimdo, GoDaddy.
        ("/5f1a/791d_mustang-2-p-500.jpg", "/5f1a/791d_mustang-2.jpg"),
        ("/77-home_default/mustang.jpg", "/77-large_default/mustang.jpg"),
        (
            f"/media/catalog/product/cache/{'7' * 32}/m/u/mustang.jpg",
            f"/media/catalog/product/cache/{'a' * 32}/m/u/mustang.jpg",
        ),
        (
            "/app/cms/image/transf/dimension=320x1024:format=jpg/path/s1/image/i2/version/3/image.jpg",
            "/app/cms/image/transf/none/path/s1/image/i2/version/3/image.jpg",
        ),
        (
            "/web/image/product.image/4018/image_128/mustang?unique=0aa",
            "/web/image/product.image/4018/image_1920/mustang?unique=0aa",
        ),
        ("/isteam/ip/8a7b/mustang.jpg/:/rs=w:365,h:274,cg:true", "/isteam/ip/8a7b/mustang.jpg"),
    ],
)
def test_sizes_of_builders_are_one_picture(small: str, large: str) -> None:
    assert picture_identity(SITE + small) == picture_identity(SITE + large)
    other = large.replace("mustang", "camaro").replace("i2", "i4")
    assert picture_identity(SITE + small) != picture_identity(SITE + other)
    assert picture_width(original_of(SITE + small)) <= picture_width(original_of(SITE + large))


def test_webflow_hands_its_lightbox_names_of_files_beside_their_addresses() -> None:
    items = [
        {"_id": name, "fileName": f"{name}_mustang.jpg", "url": f"/5f1a/{name}_mustang.jpg"}
        for name in NAMES[1:]
    ]
    script = (
        f'<script type="application/json" class="w-json">{json.dumps({"items": items})}</script>'
    )
    link = f'<a href="#" class="w-lightbox"><img src="/5f1a/b92e_mustang-p-500.jpg">{script}</a>'
    body = f'<img src="/5f1a/a81f_mustang.jpg"><div class="gallery">{link}</div>'
    assert gallery(body) == [f"/5f1a/{name}_mustang.jpg" for name in NAMES]


def test_duda_calls_a_picture_a_widget_and_gives_its_address_to_a_script() -> None:
    lead = '<div class="imageWidget"><img src="/multi/opt/a81f-1920w.jpg" alt="1967 Ford Mustang"></div>'
    thumbs = each(
        '<li class="photoGalleryThumbs"><a data-image-url="/multi/opt/@-1920w.jpg" href="#" '
        'style="background-image: url(/multi/opt/@-640w.jpg);"></a></li>'
    )
    expected = [f"/multi/opt/{name}-1920w.jpg" for name in NAMES]
    assert gallery(f"{lead}<ul class='dmPhotoGallery'>{thumbs}</ul>") == expected


def test_a_link_to_nowhere_carries_the_address_of_its_photo() -> None:
    body = each(
        '<div class="item"><a rel="lightbox[1]" data-href="/large/@.jpg" href="javascript:;">'
        '<img src="/transf/small-@.jpg"></a></div>'
    )
    assert gallery(body) == [f"/large/{name}.jpg" for name in NAMES]


def test_prestashop_names_the_large_picture_of_a_thumb() -> None:
    body = each(
        '<li><img class="thumb" data-image-medium-src="/@-medium_default/mustang.jpg" '
        'data-image-large-src="/@-large_default/mustang.jpg" src="/@-small_default/mustang.jpg"></li>'
    )
    cover = '<img src="/a81f-large_default/mustang.jpg">'
    assert gallery(f"{cover}<ul class='product-images'>{body}</ul>") == [
        f"/{name}-large_default/mustang.jpg" for name in NAMES
    ]


def test_featured_picture_leads_a_gallery_that_leaves_it_out() -> None:
    thumbs = each('<a href="/uploads/2026/05/@.jpg"><img src="/uploads/2026/05/@-300x200.jpg"></a>')
    featured = (
        '<div class="elementor-widget elementor-widget-theme-post-featured-image">'
        '<img class="attachment-full" src="/uploads/2026/05/f36a.jpg" alt=""></div>'
    )
    badge = '<div class="seal"><img src="/uploads/2026/05/9c9c.jpg" alt=""></div>'
    found = gallery(f"{featured}{badge}<div class='e-gallery-container'>{thumbs}</div>")
    assert found == [f"/uploads/2026/05/{name}.jpg" for name in ("f36a", *NAMES)]


def test_flight_rows_of_next_hold_the_gallery_that_the_page_cuts_short() -> None:
    car = {"gallery": [{"asset": {"url": f"{SITE}/images/{name}-2400x1600.jpg"}} for name in NAMES]}
    other = {"image": {"asset": {"url": f"{SITE}/images/f00d-2400x1600.jpg"}}}
    flight = "4:" + json.dumps(["$", "$L5", None, {"data": {"car": car, "related": [other]}}])
    middle = len(flight) // 2
    pushes = "".join(
        f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>"
        for piece in (flight[:middle], flight[middle:])
    )
    shown = "".join(f'<img src="/images/{name}-640x427.jpg">' for name in NAMES[:2])
    found = gallery(f'<div class="gallery">{shown}</div></main>{pushes}<main>')
    assert found == [f"/images/{name}-2400x1600.jpg" for name in NAMES]


def test_magento_keeps_each_photo_in_folders_of_its_first_letters() -> None:
    cache = f"/media/catalog/product/cache/{'7' * 32}"
    names = ("9/8/98aa.jpg", "b/e/be01.jpg", "f/2/f2c4.jpg", "2/a/2a3b.jpg")
    data = [{"thumb": f"{cache}/{name}", "full": f"{cache}/{name}"} for name in names]
    widget = {"[data-gallery-role=placeholder]": {"mage/gallery/gallery": {"data": data}}}
    script = f'<script type="text/x-magento-init">{json.dumps(widget)}</script>'
    shown = f'<div class="gallery-placeholder"><img src="{cache}/{names[0]}"></div>'
    assert gallery(shown + script) == [f"{cache}/{name}" for name in names]

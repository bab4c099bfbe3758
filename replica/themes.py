"""What the sites of one platform have in common, as data: paths, page lengths, photo addresses,
what a tile shows.

A theme's HTML is in `templates/<name>/tile.html` (one car in a grid), `grid.html` (the frame
around the tiles) and `vehicle.html`. Structures follow the platforms' real pages; words and cars
are invented.
"""

from dataclasses import dataclass
from typing import Literal

SoldPrice = Literal["none", "asking", "sold"]
Pager = Literal["query", "path", "offset", "start", "none"]
DEALER_ACCELERATE = (
    '<link rel="dns-prefetch" href="https://cdn.dealeraccelerate.com">',
    '<script async src="https://cdn.dealeraccelerate.com/assets/vendor-2f1c.js"></script>',
)
AUTOREVO = (
    '<link rel="dns-prefetch" href="https://x-img.autorevo.com/">',
    '<link rel="dns-prefetch" href="https://x-assets.autorevo-powersites.com/">',
)
SHOPIFY = (
    '<link rel="preconnect" href="https://cdn.shopify.com" crossorigin>',
    "<script>window.Shopify = window.Shopify || {};Shopify.shop = 'x.myshopify.com';</script>",
)
WORDPRESS = ('<meta name="generator" content="WordPress 6.8.2">',)


@dataclass(frozen=True)
class Theme:
    """One platform or hand-made site. Patterns are formatted with the car's fields (see
    `sites/show.py`).

    `tile_fields` names what a tile of the current grid tells about a car; `sold_price` says
    whether a sold tile shows no price, the last asking price, or the price of the sale.
    ``shares_page`` tells that cars have no pages of their own: the grid shows all there is.
    """

    name: str
    grid: str
    sold: str | None
    listing: str
    thumb: str
    full: str
    per_page: int
    pager: Pager
    tile_fields: tuple[str, ...]
    hints: tuple[str, ...] = ()
    shelves: tuple[str, ...] = ()
    sold_price: SoldPrice = "none"
    charset: str = "utf-8"
    shares_page: bool = False


DA_PHOTO = "{cdn}/{dealer}/9/{asset}/{photo}/{size}/{slug}"
NAMED = ("title", "year", "make", "model", "trim")
THEMES = {
    theme.name: theme
    for theme in (
        Theme(
            "gateway",
            "/vehicles",
            "/vehicles/sold",
            "/vehicles/{branch}/{number}/{slug}",
            "{cdn}/{dealer}/9/{asset}/{photo}/790x1024/w22/{slug}.avif",
            "{cdn}/{dealer}/9/{asset}/{photo}/1920x1440/w22/{slug}.avif",
            26,
            "query",
            (*NAMED, "price"),
            DEALER_ACCELERATE,
            ("/vehicles/new_arrivals",),
        ),
        Theme(
            "streetside",
            "/vehicles",
            "/vehicles/sold",
            "/vehicles/{number}-{branch}/{slug}",
            DA_PHOTO.replace("{size}", "790x1024"),
            DA_PHOTO.replace("{size}", "1920x1440"),
            24,
            "query",
            ("year", "make", "model", "price", "stock"),
            DEALER_ACCELERATE,
            ("/vehicles/new_arrivals", "/vehicles/featured"),
            sold_price="asking",
        ),
        Theme(
            "cam",
            "/vehicles",
            "/vehicles/sold",
            "/vehicles/{number}/{slug}",
            DA_PHOTO.replace("{size}", "790x1024"),
            DA_PHOTO.replace("{size}", "1920x1440"),
            6,
            "query",
            (*NAMED, "price", "mileage", "vin"),
            DEALER_ACCELERATE,
        ),
        Theme(
            "volo",
            "/auto-sales/vehicles",
            "/auto-sales/vehicles/sold",
            "/auto-sales/vehicles/{number}/{slug}",
            DA_PHOTO.replace("{size}", "790x1024"),
            DA_PHOTO.replace("{size}", "1920x1440"),
            12,
            "query",
            (*NAMED, "price", "stock"),
            DEALER_ACCELERATE,
        ),
        Theme(
            "grauto",
            "/vehicles",
            "/vehicles/sold",
            "/vehicles/{initial}{number}/{slug}",
            DA_PHOTO.replace("{size}", "790x1024"),
            DA_PHOTO.replace("{size}", "1920x1440"),
            10,
            "query",
            (*NAMED, "price", "mileage", "vin", "stock"),
            DEALER_ACCELERATE,
        ),
        Theme(
            "craft",
            "/inventory",
            None,
            "/inventory/{number}/{slug}",
            "{cdn}/{dealer}/1/{asset}/{photo}/790x1024/{slug}",
            "{cdn}/{dealer}/1/{asset}/{photo}/1920x1440/{slug}",
            24,
            "query",
            NAMED,
            DEALER_ACCELERATE,
        ),
        Theme(
            "studio",
            "/vehicles",
            "/vehicles/sold",
            "/vehicles/{number}/{slug}",
            "{cdn}/{dealer}/1/{asset}/{photo}/790x1024/{slug}",
            "{cdn}/{dealer}/1/{asset}/{photo}/1920x1440/{slug}",
            24,
            "query",
            ("year", "make", "model", "trim", "price"),
            DEALER_ACCELERATE,
        ),
        Theme(
            "autorevo",
            "/vehicles",
            None,
            "/{slug}-batesville-mississippi/{seven}",
            "{cdn}/photo-slug/325x325/{photo}-9-revo.jpg?_=1781030442",
            "{cdn}/photo-slug/1280x1280/{photo}-9-revo.jpg?_=1781030442",
            25,
            "query",
            (*NAMED, "price", "mileage", "vin", "stock"),
            AUTOREVO,
            sold_price="asking",
        ),
        Theme(
            "itemlist",
            "/inventory/",
            "/sold-inventory/",
            "/inventory/{slug}-{number}/",
            "/wp-content/uploads/2026/10/{slug}-{photo}-600x400.jpg",
            "/wp-content/uploads/2026/10/{slug}-{photo}.jpg",
            10,
            "path",
            (*NAMED, "price", "mileage", "vin"),
            WORDPRESS,
        ),
        Theme(
            "microdata",
            "/fahrzeuge",
            "/fahrzeuge/verkauft",
            "/fahrzeuge/{number}-{slug}",
            "/bilder/{photo}_m.jpg",
            "/bilder/{photo}_xl.jpg",
            8,
            "offset",
            (*NAMED, "price", "mileage"),
        ),
        Theme(
            "cards",
            "/collection",
            None,
            "/collection/{slug}-{number}",
            "/media/cars/{photo}-md.jpg",
            "/media/cars/{photo}-xl.jpg",
            9,
            "query",
            (*NAMED, "price", "mileage"),
            sold_price="asking",
        ),
        Theme(
            "table",
            "/stocklist.html",
            "/sold-cars.html",
            "/cars/{slug}-{number}.html",
            "/photos/small/{photo}.png",
            "/photos/large/{photo}.png",
            8,
            "start",
            (*NAMED, "price", "mileage", "stock"),
            sold_price="sold",
            charset="windows-1252",
        ),
        Theme(
            "vitrine",
            "/voitures",
            "/voitures-vendues",
            "/voitures/{slug}-{number}",
            "/photos/vignettes/{photo}.jpg",
            "/photos/{photo}.jpg",
            6,
            "query",
            (*NAMED, "price", "mileage"),
        ),
        Theme(
            "shop",
            "/collections/all",
            None,
            "/products/{slug}-{number}",
            "/cdn/shop/files/{photo}_360x.jpg?v=1781030442",
            "/cdn/shop/files/{photo}.jpg?v=1781030442",
            8,
            "query",
            (*NAMED, "price"),
            SHOPIFY,
            sold_price="asking",
        ),
        Theme(
            "graph",
            "/cars-for-sale",
            "/cars-for-sale/sold",
            "/cars-for-sale/{number}",
            "/uploads/{photo}/card.jpg",
            "/uploads/{photo}/large.jpg",
            6,
            "offset",
            (*NAMED, "price", "mileage", "vin", "stock"),
        ),
        Theme(
            "scripted",
            "/inventory",
            None,
            "/inventory/{slug}-{number}",
            "/media/cars/{photo}-md.jpg",
            "/media/cars/{photo}-xl.jpg",
            6,
            "none",
            (*NAMED, "price", "mileage"),
            sold_price="asking",
        ),
        Theme(
            "shared",
            "/cars.html",
            None,
            "/cars.html#car-{number}:~:",
            "/img/{photo}.jpg",
            "/img/{photo}.jpg",
            200,
            "none",
            (*NAMED, "price", "mileage", "vin", "stock"),
            shares_page=True,
        ),
        Theme(
            "list",
            "/inventory",
            None,
            "/inventory/{number}",
            "/img/{photo}.jpg",
            "/img/{photo}.jpg",
            50,
            "none",
            (*NAMED, "price", "mileage"),
        ),
    )
}

"""What sites in other dress taught: each case is the smallest page that was once read wrong."""

from crawler.extract.detail import Detail, read_detail
from crawler.extract.grid import GridPage, read_grid
from crawler.extract.page import Page
from crawler.extract.photos import is_photo
from crawler.extract.picture_urls import folded_widths, picture_identity
from crawler.extract.spec_names import label_field

SITE = "https://dealer.example"


def grid(body: str, path: str = "/cars") -> GridPage:
    return read_grid(Page(SITE + path, f"<html><body>{body}</body></html>"))


def detail(body: str) -> Detail:
    page = f"<html><body><h1>1967 Ford Mustang</h1>{body}</body></html>"
    return read_detail(Page(f"{SITE}/cars/1967-ford-mustang-7", page))


def test_a_car_whose_address_looks_surer_leaves_its_neighbours_their_tiles() -> None:
    cars = {"12-porsche-911": "Porsche 911", "13-lancia-fulvia": "Lancia Fulvia", "14-mg": "MG B"}
    tiles = "".join(
        f'<article><a href="/fahrzeug/{slug}"><img src="/b/{slug}.jpg"><h3>{name}</h3></a>'
        f"<p>EZ 05/1972 · 85.000 km</p><p>49.900 €</p></article>"
        for slug, name in cars.items()
    )
    read = grid(f'<div class="liste">{tiles}</div>', "/fahrzeuge")
    assert [(card.title, card.year) for card in read.cards] == [
        (name, "05/1972") for name in cars.values()
    ]


def test_a_line_of_year_and_distance_is_no_name() -> None:
    tiles = "".join(
        f'<div class="vignette"><a href="/voiture/{slug}-1975"><img src="/m/{slug}.jpg"></a>'
        f"<h2>{name}</h2><p>Année 1975 – 105\u202f226 km</p><p>Prix : 39\u202f500 €</p></div>"
        for slug, name in {"mg-mgb": "MG MGB", "fiat-500": "Fiat 500", "saab-96": "Saab 96"}.items()
    )
    first = grid(f'<div class="row">{tiles}</div>', "/voitures").cards[0]
    assert (first.title, first.year) == ("1975 MG MGB", "1975")
    assert (first.mileage or "").startswith("105")


def test_a_label_next_page_outweighs_a_class_that_says_prev() -> None:
    pager = (
        '<a class="pagination__item--next" aria-label="Previous page" href="/cars?page=1">←</a>'
        '<a class="pagination__item--prev" aria-label="Next page" href="/cars?page=3">→</a>'
    )
    assert grid(pager, "/cars?page=2").next_url == f"{SITE}/cars?page=3"


def test_the_words_of_a_step_forward_may_name_what_follows() -> None:
    for text in ("Older stock »", "More cars", "Weitere Fahrzeuge", "Voitures suivantes ›"):
        assert grid(f'<a href="/cars?page=2">{text}</a>').next_url == f"{SITE}/cars?page=2"


def test_a_picture_takes_the_largest_of_its_sources_that_the_parser_nests() -> None:
    photos = "".join(
        f'<picture><source srcset="/cache/medium/{n}.jpg 800w, /cache/full/{n}.jpg 1600w">'
        f'<img src="/cache/small/{n}.jpg"></picture>'
        for n in "abc"
    )
    assert detail(f'<div class="photos">{photos}</div>').image_urls == tuple(
        f"{SITE}/cache/full/{n}.jpg" for n in "abc"
    )


def test_a_set_of_densities_names_the_largest() -> None:
    photos = "".join(
        f'<img src="/x/{n}.jpg" srcset="/x/{n}.jpg 1x, /x/{n}@2x.jpg 2x">' for n in "abc"
    )
    assert detail(f'<div class="gallery">{photos}</div>').image_urls == tuple(
        f"{SITE}/x/{n}@2x.jpg" for n in "abc"
    )


def test_widths_that_are_folders_are_sizes_of_one_picture() -> None:
    shared = folded_widths(["d.example/7/160/1", "d.example/7/1024/1", "d.example/7/1024/2"])
    assert shared["d.example/7/160/1"] == shared["d.example/7/1024/1"]
    assert "d.example/7/1024/2" not in shared


def test_a_camera_numbers_its_pictures_360_too() -> None:
    assert is_photo(f"{SITE}/IMG_360900.jpg")
    assert not is_photo(f"{SITE}/icon-360.png")


def test_labels_with_a_slash_or_a_counting_word_name_their_number() -> None:
    assert label_field("Frame / VIN") == "vin"
    assert label_field("Interne Nr.") == "stock_number"
    assert label_field("Stock ref:") == "stock_number"
    assert label_field("Engine / Transmission") is None


def test_a_dash_between_label_and_value_is_neither() -> None:
    read = detail("<ul><li><b>Stock #</b> - A3032</li><li><b>Engine</b> - 304ci V8</li></ul>")
    assert (read.stock_number, read.engine) == ("A3032", "304ci V8")


def test_sentences_may_tell_the_chassis_and_what_is_asked() -> None:
    text = (
        "<p>This well-sorted car spent most of its life in a dry climate and it shows.</p>"
        "<p>Recent service included fluids, belts, hoses and brakes all round, $4,500 in all.</p>"
        "<p>Chassis number 7R01C123456. The odometer shows 61,200 miles.</p><p>Asking $45,000.</p>"
    )
    read = detail(f"<article>{text}</article>")
    assert (read.vin, read.price) == ("7R01C123456", "$45,000")


def test_cars_that_a_site_keeps_as_posts_are_tiles_and_its_stories_are_not() -> None:
    def post(slug: str, title: str) -> str:
        return (
            f'<article class="post hentry"><a href="/{slug}/"><img src="/u/{slug}.jpg"></a>'
            f'<h3><a href="/{slug}/">{title}</a></h3><p>It starts readily and idles.</p></article>'
        )

    posts = post("1969-chevrolet-c10-0", "1969 Chevrolet C10 Cheyenne") + post(
        "2001-land-rover-1", "2001 Land Rover Defender 110"
    )
    story = post("why-1969-was-the-best", "Why 1969 was the best year of the pickup so far")
    read = grid(f'<div class="elementor-posts-container">{posts}{story}</div>')
    assert [card.title for card in read.cards] == [
        "1969 Chevrolet C10 Cheyenne",
        "2001 Land Rover Defender 110",
    ]


def test_a_picture_that_a_script_opens_is_the_full_size() -> None:
    photos = "".join(
        f'<a href="javascript:openWin(\'/large/{n}.jpg\')"><img src="/thumbs/{n}.jpg"></a>'
        for n in ("a1", "a2", "a3")
    )
    assert detail(f"<div>{photos}</div>").image_urls[0] == f"{SITE}/large/a1.jpg"


def test_a_number_of_something_is_that_number() -> None:
    assert label_field("Nº de bastidor") == "vin"
    assert label_field("N. telaio") == "vin"


def test_numbers_that_links_add_to_the_path_page() -> None:
    def numbered(*pages: int) -> str:
        return "".join(
            f'<a class="page-numbers" href="/stock/{n}/"><span>Page</span>{n}</a>' for n in pages
        )

    assert grid(numbered(1, 2, 3), "/stock/").next_url == f"{SITE}/stock/2/"
    assert grid(numbered(1, 2, 3), "/stock/2/").next_url == f"{SITE}/stock/3/"
    assert grid(numbered(1, 2, 3), "/stock/3/").next_url is None
    assert grid('<a href="/stock/911/">911</a>', "/stock/").next_url is None


def test_whole_words_in_formatting_side_by_side_are_words() -> None:
    tiles = "".join(
        f'<a class="lot" href="/cars/{slug}"><img src="/l/{slug}.jpg">'
        f"<em>{slug[:4]}</em><b>{make}</b><i>{model}</i></a>"
        for slug, make, model in (
            ("1963-jaguar-1", "Jaguar", "E-Type"),
            ("1978-ferrari-2", "Ferrari", "308 GTS"),
            ("1971-lancia-3", "Lancia", "Fulvia"),
        )
    )
    assert grid(f"<div>{tiles}</div>").cards[1].title == "1978 Ferrari 308 GTS"


def test_photos_headed_by_names_alone_are_a_grid() -> None:
    def tiles(*names: str) -> str:
        return "".join(
            f'<div><a href="/{name[-3:]}-x/"><img src="/u/{name[-3:]}.jpg"></a><h4>{name}</h4></div>'
            for name in names
        )

    cars = ("1965 Cadillac Eldorado", "SOLD: 1971 Audi Quattro", "1992 Nissan Skyline")
    assert len(grid(f"<div>{tiles(*cars)}</div>").cards) == 3
    assert not grid(f"<div>{tiles(*cars, 'Our 1960s Le Mans trip, 1967')}</div>").cards


def test_an_amount_beside_its_sign_is_the_price() -> None:
    tiles = "".join(
        f'<div class="card"><a href="/cars/{slug}"><img src="/{slug}.jpg"><div>{slug[:4]} Saab 96'
        f"</div></a><div><div>$</div><div>{price}</div></div></div>"
        for slug, price in (("1967-saab-1", "129,500"), ("1972-saab-2", "48,000"))
    )
    assert grid(f"<div>{tiles}</div>").cards[0].price == "$129,500"


def test_names_that_are_sizes_belong_to_the_picture_of_their_folder() -> None:
    one = {picture_identity(f"{SITE}/image/12/1/{size}.jpg") for size in ("xl", "md", "sm")}
    assert len(one) == 1
    assert picture_identity(f"{SITE}/image/12/2/xl.jpg") not in one
    shared = folded_widths(["d.example/8/001.1200", "d.example/8/001.2400", "d.example/8/002.1200"])
    assert shared.keys() == {"d.example/8/001.1200", "d.example/8/001.2400"}


def test_the_list_of_images_outweighs_the_one_image() -> None:
    car = (
        "{&quot;year&quot;: 1967, &quot;make&quot;: &quot;Ford&quot;, &quot;model&quot;: "
        "&quot;Mustang&quot;, &quot;price&quot;: 20000, &quot;image&quot;: &quot;/v/7/0.jpg&quot;,"
        " &quot;vin&quot;: &quot;7R01C123456&quot;, &quot;images&quot;: [&quot;/v/7/0.jpg&quot;, "
        "&quot;/v/7/1.jpg&quot;, &quot;/v/7/2.jpg&quot;]}"
    )
    assert len(detail(f'<vehicle-detail :vehicle="{car}"></vehicle-detail>').image_urls) == 3


def test_labels_of_northern_dealers_are_known() -> None:
    assert label_field("Stelnummer") == "vin"
    assert label_field("Årgang") == "year"
    assert label_field("Fahrzeug-Nr.") == "stock_number"
    assert grid('<a href="/cars?page=2">Næste</a>').next_url == f"{SITE}/cars?page=2"


def test_lines_that_dashes_part_are_labels_and_values() -> None:
    read = detail(
        "<p>VIN \u2013 7R01C123456<br>Engine \u2013 289ci V8<br>Exterior \u2013 Sky Blue</p>"
    )
    assert (read.vin, read.engine, read.exterior_color) == ("7R01C123456", "289ci V8", "Sky Blue")


def test_body_and_seating_are_told_apart() -> None:
    rows = "<dt>Body/Seating</dt><dd>Coupe/2 seats</dd><dt>Engine</dt><dd>6.0L V8</dd>"
    assert detail(f"<dl>{rows}</dl>").body_style == "Coupe"


def test_what_is_paid_down_is_no_price_in_any_language() -> None:
    for text in ("Entrada 3.000 €.", "Anzahlung 3.000 €", "Anticipo € 3.000", "Apport 3.000 €"):
        read = detail(f"<p>Precio a consultar</p><p>{text}</p>")
        assert "3.000" not in (read.price or "")


def test_what_read_more_unfolds_is_part_of_the_description() -> None:
    first = "This well-sorted car spent most of its life in a dry climate, and shows it."
    rest = "Recent service included fluids, belts, hoses and a careful rebuild of the carburettor."
    read = detail(
        f'<div><p>{first}</p><div class="c1f" style="display:none"><p>{rest}</p></div>'
        '<a href="#">Read more</a></div>'
    )
    assert (read.description or "").split("\n\n") == [first, rest]

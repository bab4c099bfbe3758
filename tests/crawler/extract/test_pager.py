"""The next page is of the same grid, with the same filters and order, or there is none."""

import pytest

from crawler.extract.page import Page
from crawler.extract.pager import read_pager
from crawler.extract.totals import declared_total

HOST = "https://d.example"


def links(*pairs: tuple[str, str]) -> str:
    anchors = "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in pairs)
    return f'<ul class="pagination">{anchors}</ul>'


CASES = {
    "rel next in the head": ("/cars", '<link rel="next" href="/cars?page=2">', "/cars?page=2"),
    "rel next on an anchor": ("/cars", '<a rel="next" href="/cars?page=2">x</a>', "/cars?page=2"),
    "numbers alone": ("/cars?page=2", links(("?page=1", "1"), ("?page=3", "3")), "/cars?page=3"),
    "arrow alone": ("/cars", '<div class="pager"><a href="/cars?pg=2">›</a></div>', "/cars?pg=2"),
    "older entries": (
        "/cars/page/2/",
        '<a href="/cars/page/3/">Older entries</a>',
        "/cars/page/3/",
    ),
    "offset": ("/cars?start=24", links(("?start=0", "1"), ("?start=48", "3")), "/cars?start=48"),
    "offset next": ("/cars", '<a class="next" href="/cars?offset=24">Next</a>', "/cars?offset=24"),
    "zero-based": ("/cars?p=0", links(("?p=0", "1"), ("?p=1", "2")), "/cars?p=1"),
    "zero-based, second page": (
        "/aanbod?page=1",
        links(("?page=0", "1"), ("?page=1", "2"), ("?page=2", "3")),
        "/aanbod?page=2",
    ),
    "zero-based, second page by its arrow": (
        "/aanbod?page=1",
        '<a href="?page=0" rel="prev">&lt;&lt;</a> <a href="?page=2" rel="next">››</a>',
        "/aanbod?page=2",
    ),
    "numbered files": (
        "/stock/index.html",
        '<b>1</b> <a href="index2.html">2</a> <a href="index3.html">3</a>',
        "/stock/index2.html",
    ),
    "the next of numbered files": (
        "/stock/cars-2.htm",
        '<a href="cars.htm">1</a> <a href="cars-3.htm">3</a>',
        "/stock/cars-3.htm",
    ),
    "address that a script reads": (
        "/inventory/2/",
        '<div data-page="2" data-next-page="/inventory/3/"></div><a href="#">Load more</a>',
        "/inventory/3/",
    ),
    "buttons of a form": (
        "/vehicles.aspx",
        '<form action="/vehicles.aspx"><input type="hidden" name="sort" value="price">'
        '<button name="pg" value="1" disabled>1</button><button name="pg" value="2">2</button>'
        "</form>",
        "/vehicles.aspx?sort=price&pg=2",
    ),
    "buttons of a form that posts": (
        "/vehicles.aspx",
        '<form method="post"><button name="pg" value="2">2</button></form>',
        None,
    ),
    "next page in Swedish": (
        "/bilar/?page=2",
        '<p>Sida 2 av 3. <a href="?page=3">Nästa sida</a></p>',
        "/bilar/?page=3",
    ),
    "a parameter that happens to be two": (
        "/embed?dealer=77&style=2",
        links(("?dealer=77&style=2&page=1", "1"), ("?dealer=77&style=2&page=2", "2")),
        "/embed?dealer=77&style=2&page=2",
    ),
    "page_no": ("/cars?page_no=1", links(("?page_no=2", "2")), "/cars?page_no=2"),
    "number in a parameter of any name": (
        "/auto",
        '<p>[1] <a href="?fogli=2">2</a> <a href="?fogli=3">3</a></p>',
        "/auto?fogli=2",
    ),
    "step of a parameter of any name": (
        "/bilar?blad=2",
        '<a href="?blad=1">Föregående</a> <a href="?blad=3">Nästa</a>',
        "/bilar?blad=3",
    ),
    "picture of an arrow": (
        "/stock.php",
        '<a href="/stock.php?page=2"><img src="/next.gif" alt="Next"></a>',
        "/stock.php?page=2",
    ),
    "prefix before page": (
        "/cars",
        '<a href="?a1b2_page=2" class="w-pagination-next"><div>Next</div></a>',
        "/cars?a1b2_page=2",
    ),
    "years that filter": (
        "/cars",
        links(("?decade=1960", "1960"), ("?doors=4", "4")),
        None,
    ),
    "page_number": ("/cars", links(("?page_number=2", "2")), "/cars?page_number=2"),
    "file name": (
        "/stock.html",
        '<a href="/stock.html?page=2">Next &gt;&gt;</a>',
        "/stock.html?page=2",
    ),
    "load more": (
        "/cars",
        '<a class="load-more" href="/cars?page=2">Load more</a>',
        "/cars?page=2",
    ),
    "filter kept": (
        "/cars?make=ford",
        links(("/cars?make=ford&page=2", "2"), ("/cars?page=2", "Next")),
        "/cars?make=ford&page=2",
    ),
    "default order written out": (
        "/cars",
        links(("/cars?sort=new&page=1", "1"), ("/cars?sort=new&page=2", "2")),
        "/cars?sort=new&page=2",
    ),
    "disabled next": (
        "/cars?page=2",
        links(("?page=1", "1"))
        + '<ul><li class="next disabled"><a href="/cars?page=3">Next</a></li></ul>',
        None,
    ),
    "next of another filter": (
        "/cars?make=ford",
        '<a rel="next" href="/cars?page=2">Next</a>',
        None,
    ),
    "next into the sold grid": ("/cars", '<a rel="next" href="/cars/sold?page=2">Next</a>', None),
    "a filter that filters nothing": (
        "/aanbod",
        links(("?make=All&page=0", "1"), ("?make=All&page=1", "2")),
        "/aanbod?make=All&page=1",
    ),
    "number behind a word for screen readers": (
        "/aanbod",
        '<a href="?page=0"><span class="visually-hidden">Pagina</span>1</a>'
        '<a href="?page=1"><span class="visually-hidden">Pagina</span>2</a>',
        "/aanbod?page=1",
    ),
    "as many as the next page has": (
        "/cars.cfm",
        '<a href="cars.cfm?start=8">Next 7 &gt;&gt;</a>',
        "/cars.cfm?start=8",
    ),
    "previous only": ("/cars?page=3", links(("?page=2", "&lsaquo;"), ("?page=2", "2")), None),
    "a sort link with a number": ("/cars", '<a href="/cars?sort=year&page=1">Year</a>', None),
    "next vehicle": ("/cars", '<a class="next" href="/cars/1967-ford-mustang-5">Next</a>', None),
    "other site": (
        "/cars",
        '<a rel="next" href="https://other.example/cars?page=2">Next</a>',
        None,
    ),
    "this page again": ("/cars?page=2", '<a rel="next" href="/cars?page=2">Next</a>', None),
    "nothing": ("/cars", "<p>All our cars</p>", None),
}


@pytest.mark.parametrize(("path", "body", "expected"), CASES.values(), ids=CASES.keys())
def test_next_page(path: str, body: str, expected: str | None) -> None:
    pager = read_pager(Page(HOST + path, f"<html><body>{body}</body></html>"))
    assert pager.next_url == (None if expected is None else HOST + expected)


def test_sold_archive_whose_arrow_leads_to_the_current_grid() -> None:
    body = links(("/cars/sold?page=1", "1"), ("/cars/sold?page=9", "9"), ("/cars?page=4", "»"))
    body = body.replace("<ul", '<ul data-x="1"').replace(
        "</ul>", '<li class="active"><a href="/cars/sold?page=3">3</a></li></ul>'
    )
    pager = read_pager(Page(f"{HOST}/cars/sold?page=3", body))
    assert (pager.next_url, pager.last_page) == (f"{HOST}/cars/sold?page=4", 9)


TOTALS = {
    "88 matches out of 88 vehicles.": 88,
    "12 matches out of 88 vehicles": 12,
    "Showing 1-24 of 156": 156,
    "Showing 1 – 24 of 1,156 vehicles": 1156,
    "Displaying 24 of 156 results": 156,
    "Cars for sale (37 vehicles)": 37,
    "37 vehicles": 37,
    "156 vehicles found": 156,
    "Page: 1 of 7 (156 vehicles)": 156,
    "41 Fahrzeuge gefunden": 41,
    "Over 1,500 vehicles sold": None,
    "500 cars under one roof": None,
    "24 vehicles per page": None,
    "1967 Ford Mustang": None,
    "3 vehicles": None,  # fewer than the ten cards of this page
}


@pytest.mark.parametrize(("text", "total"), TOTALS.items())
def test_declared_total(text: str, total: int | None) -> None:
    page = Page(f"{HOST}/cars", f"<main><h2>Stock</h2><p>{text}</p></main>")
    assert declared_total(page, 10) == total


def test_facet_counts_and_footers_declare_nothing() -> None:
    body = (
        '<ul><li><a href="/cars/ford">Ford (12 vehicles)</a></li></ul>'
        '<div class="filters"><p>55 vehicles</p></div><footer><p>99 vehicles</p></footer>'
    )
    assert declared_total(Page(f"{HOST}/cars", body), 5) is None


def test_contradicting_totals_declare_nothing() -> None:
    assert declared_total(Page(HOST, "<p>12 vehicles found</p><p>40 vehicles found</p>"), 5) is None


def test_number_of_items_of_a_page_is_no_total() -> None:
    def listed(number: int) -> Page:
        return Page(
            HOST,
            '<script type="application/ld+json">{"@type":"ItemList","numberOfItems":'
            f'{number},"itemListElement":[{{"@type":"ListItem"}},{{"@type":"ListItem"}}]}}</script>',
        )

    assert declared_total(listed(2), 2) is None
    assert declared_total(listed(71), 2) == 71


@pytest.mark.parametrize("strange", ["²", "①", "9" * 1_900])
def test_digits_that_are_no_number_page_nothing_and_break_nothing(strange: str) -> None:
    page = Page(
        f"https://dealer.example/cars?page={strange}",
        f"<ul class='pagination'><li class='active'>{strange}</li>"
        f"<li><a href='/cars?page={strange}'>{strange}</a></li></ul><p>Page {strange} of 2</p>",
    )
    assert read_pager(page).next_url is None


@pytest.mark.parametrize(
    ("html", "last"),
    [
        ("<div><button disabled>1</button><button>2</button><button>3</button></div>", 3),
        ('<ul><li><a href="#">1</a></li><li><a href="#">2</a></li></ul>', 2),
        (
            '<ul class="slick-dots"><li><button>1</button></li><li><button>2</button></li></ul>',
            None,
        ),
        ("<p><button>1</button></p>" + "<div><button>1</button><button>2</button></div>" * 3, None),
        ("<p><button name=pg>1</button><button name=pg>2</button></p>", None),
        ('<div class="pagination"><button>Prev</button><button>Next</button></div>', 2),
        ('<nav aria-label="Pagination"><button aria-label="Go to next page">></button></nav>', 2),
        ('<ul class="pager"><li><a href="#">Next \u203a</a></li></ul>', 2),
        ("<p><button>\u2190</button> 1 - 12 of 40 <button>\u2192</button></p>", 2),
        ('<ul class="pager"><li class="disabled"><a href="#">Next</a></li></ul>', None),
        ('<div class="pagination"><button disabled>Next</button></div>', None),
        ('<div class="pagination"><a href="/cars">Next</a></div>', None),
        ('<div class="hero"><button>Prev</button><button>Next</button></div>', None),
        ('<div class="swiper-pagination"><button>Next slide</button></div>', None),
        ('<div class="gallery-pager"><button>Next</button></div>', None),
        ("<form><p>Step 1</p><button>Next</button></form>", None),
    ],
)
def test_buttons_that_only_a_script_turns_tell_how_many_pages_there_are(
    html: str, last: int | None
) -> None:
    pager = read_pager(Page(f"{HOST}/cars", f"<html><body>{html}</body></html>"))
    assert (pager.next_url, pager.last_page) == (None, last)

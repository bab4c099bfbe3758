"""Hostile XML at every place where the crawler reads what claims to be some: sitemaps, feeds, and
pages of HTML. No parser of XML is used anywhere: nothing is expanded, fetched or followed."""

import codecs
import gzip
import time
from pathlib import Path

import pytest

from crawler.extract.attributes import bounded
from crawler.extract.feed import UnreadableFeed, read_feed
from crawler.extract.page import Page
from crawler.extract.text import text_of
from crawler.fetch import Fetched
from crawler.platforms import recognize
from crawler.platforms.ebizautos import EBizAutos
from crawler.walk import GridWalk, walk_grid
from tests.conftest import Tally

SITE = "https://stock.alpha.example"
SECRET = "root:x:0:0-the-planted-secret"
DETAILS = "{site}/details-2019-alfa_romeo-giulia-used-zarfaepn5k76{n:05}.html"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAX_CPU = 4.0
MAX_CARDS = 50_000


def urlset(*locations: str, head: str = HEAD, beside: str = "") -> str:
    places = "".join(f"<url><loc>{place}</loc>{beside}</url>" for place in locations)
    return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'


def details(n: int, site: str = SITE) -> str:
    return DETAILS.format(site=site, n=n)


def doctype(*entities: str) -> str:
    return f"{HEAD}<!DOCTYPE urlset [{''.join(entities)}]>"


def bombs(secret: Path) -> dict[str, bytes]:
    """Documents by what is tried with them; ``secret`` is a file that must stay one."""
    laughs = ['<!ENTITY l0 "lol">'] + [
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
    ]
    found = {
        "billion laughs": urlset("&l11;", details(1), head=doctype(*laughs)),
        "quadratic blow-up": urlset(
            "&big;" * 20_000, head=doctype(f'<!ENTITY big "{"a" * 50_000}">')
        ),
        "external entity, file": urlset(
            "&x;", f"{details(1)}?&x;", head=doctype(f'<!ENTITY x SYSTEM "file://{secret}">')
        ),
        "external entity, http": urlset(
            "&x;", head=doctype('<!ENTITY x SYSTEM "http://127.99.0.1:1/x">')
        ),
        "external entity, php filter": urlset(
            "&x;", head=doctype(f'<!ENTITY x SYSTEM "php://filter/read=x/resource={secret}">')
        ),
        "external DTD": f'{HEAD}<!DOCTYPE urlset SYSTEM "file://{secret}">{urlset(details(1), head="")}',
        "parameter entity": urlset(
            details(1),
            head=doctype(f'<!ENTITY % a SYSTEM "file://{secret}">', '<!ENTITY % b "%a;">', "%b;"),
        ),
        "entity that names itself": urlset("&a;", head=doctype('<!ENTITY a "&b;">', '<!ENTITY b "&a;">')),
        "attribute bomb": urlset(details(1)) + "<a " + " ".join(f'x{n}="{n}"' for n in range(100_000)) + "/>",
        "namespace bomb": urlset(details(1)) + "<a " + " ".join(f'xmlns:x{n}="u"' for n in range(20_000)) + "/>",
        "deep nesting": HEAD + "<a>" * 4_000 + details(1) + "</a>" * 4_000,
        "XInclude": f'<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="file://{secret}"/></r>',
        "stylesheet": f'{HEAD}<?xml-stylesheet href="file://{secret}"?>{urlset(details(1), head="")}',
        "60,000 addresses": urlset(*(details(n) for n in range(60_000))),
        "endless addresses": urlset(*["https://x.example/" + "a" * 100_000] * 3),
        "addresses of other hosts": urlset(
            *(details(n) for n in range(9)), *(details(n, "https://foreign.example") for n in range(3))
        ),
        "internal addresses": urlset(
            *(details(n) for n in range(9)), details(1, "http://169.254.169.254"), details(2, "http://[::1]")
        ),
        "other schemes": urlset(
            f"file://{secret}", "javascript:alert(1)", f"data:text/plain,{SECRET}", details(1)
        ),
        "index of indexes": f"{HEAD}<sitemapindex>" + "".join(
            f"<sitemap><loc>{SITE}/sitemap{n}.xml</loc></sitemap>" for n in range(4_000)
        ) + "</sitemapindex>",
        "index that names itself": f"{HEAD}<sitemapindex><sitemap><loc>{SITE}/sitemap.xml</loc></sitemap></sitemapindex>",
        "changed in the future": urlset(details(1), beside="<lastmod>9999-12-31T23:59:59Z</lastmod>"),
        "NULs": urlset("\0".join(details(1)), details(2) + "\0"),
        "unclosed": urlset(*(details(n) for n in range(5)))[:-80],
        "CDATA that ends twice": urlset(f"<![CDATA[{details(1)}]]>]]>{SECRET}"),
        "comment bomb": HEAD + "<!--" * 100_000 + urlset(details(1), head=""),
    }  # fmt: skip
    documents = {name: text.encode() for name, text in found.items()}
    plain = urlset(details(1), head=doctype(f'<!ENTITY x SYSTEM "file://{secret}">'))
    documents |= {
        "UTF-16 with a mark": codecs.BOM_UTF16_LE + plain.encode("utf-16-le"),
        "UTF-16 without one": plain.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        "UTF-7": plain.replace("UTF-8", "UTF-7").encode("utf-7"),
        "UTF-32": codecs.BOM_UTF32_LE + plain.encode("utf-32-le"),
        "EBCDIC": plain.replace("UTF-8", "cp037").encode("cp037"),
        "a lying declaration": plain.replace("UTF-8", "shift_jis").encode() + b"\xff\xfe\x80",
        "a gzip file": gzip.compress(b"0" * 20_000_000),
        "nothing but a declaration": HEAD.encode(),
    }
    return documents


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


def test_no_hostile_xml_is_let_through(secret: Path, tally: Tally) -> None:
    """Each document as a sitemap, as a page and as a feed: bounded in time and size, and nothing
    of the secret in what is read."""
    tried, through = 0, []
    for name, document in bombs(secret).items():
        for reader in (_as_sitemap, _as_page, _as_feed):
            tried += 1
            began = time.process_time()
            told = reader(document)
            spent = time.process_time() - began
            leaks = SECRET in told.replace(SECRET, "", document.count(SECRET.encode()))
            if leaks or spent > MAX_CPU or len(told) > 3 * len(document) + 20_000_000:
                through.append((name, reader.__name__, round(spent, 1), len(told)))
    tally("documents of hostile XML", tried, len(through))
    assert through == []
    assert tried >= 90


def _as_sitemap(document: bytes) -> str:
    page = Page(f"{SITE}/sitemap.xml", document)
    cards = EBizAutos().read_grid(page).cards
    assert len(cards) <= MAX_CARDS
    hosts = {card.url.split("/")[2] for card in cards}
    assert hosts <= {"stock.alpha.example"}, hosts
    assert not any("9999" in f"{card.year}{card.attributes}" for card in cards)
    return " ".join(card.url + (card.title or "") for card in cards)


def _as_page(document: bytes) -> str:
    page = Page(f"{SITE}/", document)
    return f"{page.title} {text_of(page.root)}" + repr(recognize(page).name)


def _as_feed(document: bytes) -> str:
    try:
        return repr(read_feed(document))
    except UnreadableFeed as error:
        return str(error)


def test_a_tag_is_cut_behind_its_first_thousand_attributes() -> None:
    many = " ".join(f'x{n}="{n} > {n}"' for n in range(20_000))
    page = Page(f"{SITE}/", f"<p>before</p><div {many}>inside</div><p>5'10\" behind</p>")
    [div] = page.root.iter("div")
    assert len(div.attrib) == 1_000
    assert "before" in text_of(page.root)
    assert "behind" in text_of(page.root)


def test_a_long_attribute_and_an_odd_quote_cut_nothing() -> None:
    state = "a b=c " * 20_000
    html = f'<p title="x>odd</p><i data-state=\'{state}\'>kept</i><b class="a" id=b">bold</b>'
    assert bounded(html) == html


async def test_a_sitemap_that_names_sitemaps_leads_nowhere() -> None:
    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url)
        index = f"<sitemapindex><sitemap><loc>{SITE}/more{len(asked)}.xml</loc></sitemap></sitemapindex>"
        return Fetched(url, page=Page(url, index))

    walk = GridWalk(f"{SITE}/sitemap.xml", "current", EBizAutos())
    assert [card async for card in walk_grid(walk, fetch)] == []
    assert asked == [f"{SITE}/sitemap.xml"]
    assert walk.incomplete_because == "no_listings"


def test_no_module_parses_xml_by_itself() -> None:
    """A parser of XML that is added one day has to come with the limits above."""
    forbidden = ("XMLParser", "etree.XML(", "ElementTree", "minidom", "xml.sax", "iterparse", "xmliter", "scrapy.utils.sitemap")  # fmt: skip
    root = Path(__file__).parents[2]
    found = [
        f"{path.relative_to(root)}: {word}"
        for program in ("contract", "crawler", "normalizer", "store")
        for path in (root / program).rglob("*.py")
        for word in forbidden
        if word in path.read_text()
    ]
    assert found == []

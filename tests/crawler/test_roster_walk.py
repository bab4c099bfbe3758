"""The roster's walk: what ends it, and what a run that met a block page says of itself."""

import psycopg

from tests.crawler.conftest import Crawl
from tests.crawler.loopback import Answer, serve
from tests.crawler.test_block_pages import CLOUDFLARE


def page(number: int, *sellers: str, last: int) -> Answer:
    """One roster page, which links to all pages up to the last."""
    rows = "".join(
        f'<tr><td><a href="/s/{name}/">{name}</a></td><td>Dealer</td></tr>' for name in sellers
    )
    links = "".join(f'<a href="/data?filter=all&page={n}">{n}</a>' for n in range(1, last + 1))
    return Answer(body=f"<html><body><table>{rows}</table><nav>{links}</nav></body></html>")


def roster(crawl: Crawl, connection: psycopg.Connection, *pages: Answer) -> tuple[int, set[str]]:
    """Walk a roster of these pages; the exit code and the names that are on the queue."""
    answers = {f"/data?filter=all&page={n}": answer for n, answer in enumerate(pages, start=1)}
    with serve(answers) as site:
        done = crawl(
            "classic_sellers",
            settings={"SPIDER_MODULES": "crawler.spiders"},
            environment={"CLASSIC_BASE_URL": site.url("")},
        )
    rows = connection.execute("SELECT seller_name FROM classic_seller_queue").fetchall()
    return done.returncode, {name for (name,) in rows}


def test_a_block_is_not_the_end_of_the_roster(crawl: Crawl, connection: psycopg.Connection) -> None:
    """The page behind the blocked one is read, and the run does not call itself whole."""
    code, names = roster(
        crawl,
        connection,
        page(1, "alpha-AAAAAA1", "beta-BBBBBB2", last=3),
        Answer(503, CLOUDFLARE),
        page(3, "gamma-CCCCCC3", last=3),
    )
    assert names == {"alpha-AAAAAA1", "beta-BBBBBB2", "gamma-CCCCCC3"}
    assert code == 3


def test_a_roster_that_is_read_to_its_end_is_whole(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    code, names = roster(
        crawl, connection, page(1, "alpha-AAAAAA1", last=2), page(2, "beta-BBBBBB2", last=2)
    )
    assert names == {"alpha-AAAAAA1", "beta-BBBBBB2"}
    assert code == 0

"""Which link of a home page leads to the current inventory."""

import pytest

from crawler.extract.inventory_links import inventory_candidates, navigation_links, sold_candidates
from crawler.extract.page import Page

HOME = "https://d.example/"


def page(*anchors: tuple[str, str]) -> Page:
    nav = "".join(f'<a href="{href}">{text}</a>' for href, text in anchors)
    return Page(HOME, f"<html><body><nav>{nav}</nav></body></html>")


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/inventory", "Inventory"),
        ("/vehicles", "Cars for Sale"),
        ("/auto-sales/vehicles", "View our collection"),
        ("/showroom", "Showroom"),
        ("/listings/", "Our Cars"),
        ("/fahrzeuge", "Fahrzeuge"),
        ("/voitures-a-vendre", "Nos voitures"),
        ("/auto-in-vendita", "Auto in vendita"),
        ("/aanbod", "Aanbod"),
        ("/coches", "Coches en venta"),
        ("/stocklist.html", "Stock"),
        ("/en/cars", "Browse"),
        ("/x", "Classic cars for sale"),
        ("/nl/wagens", "Wagens"),
        ("/bilar", "Bilar i lager"),
        ("/sale-42", "Current auction"),
        ("/shop/category/oldtimers-4", "Oldtimers"),
    ],
)
def test_inventory_link_is_found(href: str, text: str) -> None:
    found = inventory_candidates(page(("/about", "About"), (href, text), ("/contact", "Contact")))
    assert found
    assert found[0][0] == "https://d.example" + href


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/sell-your-car", "Sell your car"),
        ("/financing", "Financing"),
        ("/inventory/sold", "Sold inventory"),
        ("/sold", "Recently sold cars"),
        ("/blog/cars-for-sale-tips", "Blog"),
        ("/consignment", "Consign your classic"),
        ("/inventory/1967-ford-mustang-12", "1967 Ford Mustang"),
        ("https://facebook.com/inventory", "Inventory"),
        ("/", "Home"),
        ("/service", "Service"),
        ("/ankauf", "Ankauf"),
        ("mailto:a@d.example", "Inventory"),
    ],
)
def test_other_links_are_not_the_inventory(href: str, text: str) -> None:
    assert inventory_candidates(page((href, text))) == ()


def test_whole_inventory_comes_before_its_parts() -> None:
    found = inventory_candidates(
        page(
            ("/inventory/new-arrivals", "New arrivals"),
            ("/inventory?make=ford", "Ford for sale"),
            ("/inventory", "Inventory"),
        )
    )
    assert found[0] == ("https://d.example/inventory", 'nav "Inventory"')


def test_sold_archive_link() -> None:
    found = sold_candidates(
        page(
            ("/sell", "Get it sold"), ("/vehicles/sold", "Recently Sold"), ("/blog", "Sold stories")
        )
    )
    assert [url for url, _ in found] == ["https://d.example/vehicles/sold"]


def test_sold_tag_is_an_archive_and_the_ribbon_over_a_photo_is_none() -> None:
    ribbon = '<a href="/shop/bmw-z8-2083"><img src="/z8.jpg"><span>Sold</span></a>'
    body = (
        f'{ribbon}<nav><a href="/tag/sold/">Sold</a></nav><a href="/tag/sold-it/">We sold it!</a>'
    )
    assert [url for url, _ in sold_candidates(Page(HOME, body))] == ["https://d.example/tag/sold/"]


def test_sale_named_for_its_year_is_a_page_of_the_navigation_and_a_car_is_none() -> None:
    site = page(
        ("/auctions/spring-sale-2026", "Spring Sale"),
        ("/stock/1967-ford-mustang-4", "1967 Ford Mustang"),
    )
    assert navigation_links(site) == ("https://d.example/auctions/spring-sale-2026",)

"""Sites without an inventory: a seller's few pages, and a marketplace where several sellers have
one each.
"""

from replica.page import Page, Visit, html, text
from replica.photos import answer_photo
from replica.sellers import MARKETPLACE, Seller, sellers

ROBOTS_FAIL = "sundown"
ROBOTS = "User-agent: *\nAllow: /\n"


def own_phone(seller: Seller) -> str | None:
    """The seller's own number; classic.com shows a call-tracking number instead."""
    return seller.phone.replace("(629)", "(888)") if seller.phone else None


class BrochureSite:
    """One seller's site: home, services, contact."""

    def __init__(self, seller: Seller, key: str):
        self.key, self.seller = key, seller

    def answer(self, visit: Visit) -> Page:
        """The page behind a request."""
        if visit.path == "/robots.txt":
            # A robots.txt that fails forbids everything (RFC 9309, 2.3.1.4).
            return Page(b"", 503) if self.key == ROBOTS_FAIL else text(ROBOTS)
        if photo := answer_photo(self.key, visit.path):
            return photo
        name = self.seller.name
        pages = {
            "/": (
                name,
                (
                    "We look after old cars and the people who drive them.",
                    "Not a car lot: a workshop.",
                ),
            ),
            "/services": (
                f"Services of {name}",
                ("Paint, engines, interiors.", "Headlights aimed while you wait."),
            ),
            "/contact": (f"How to reach {name}", ("Write, call or come by.",)),
            "/about-us": (f"About {name}", ("Founded in 1974.",)),
            "/south": (f"{name}: the south showroom", ("Twice the room, the same people.",)),
        }
        if (found := pages.get(visit.path.rstrip("/") or "/")) is None:
            return html("missing.html", 404)
        heading, lines = found
        return html(
            "brochure/home.html",
            seller=self.seller,
            phone=own_phone(self.seller),
            heading=heading,
            lines=lines,
        )


class MarketplaceSite:
    """A marketplace: one host, a page for each seller who rents one."""

    key = MARKETPLACE

    def answer(self, visit: Visit) -> Page:
        """The page behind a request."""
        if visit.path == "/robots.txt":
            return text(ROBOTS)
        if photo := answer_photo(self.key, visit.path):
            return photo
        if visit.path == "/":
            return html("brochure/marketplace.html", stalls=stalls())
        seller = stalls().get(visit.path.rstrip("/"))
        if seller is None:
            return html("missing.html", 404)
        lines = ("A stall on Autopier Marketplace.",)
        return html(
            "brochure/home.html",
            seller=seller,
            phone=own_phone(seller),
            heading=seller.name,
            lines=lines,
        )


def stalls() -> dict[str, Seller]:
    """The marketplace's pages: path to seller."""
    prefix = f"{{site:{MARKETPLACE}}}"
    return {
        s.website.removeprefix(prefix): s
        for s in sellers()
        if s.website and s.website.startswith(prefix)
    }

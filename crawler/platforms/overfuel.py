"""Overfuel: Next.js sites; ``__NEXT_DATA__`` holds the first page and the dealer's number, and one
open endpoint holds the whole lot (``limit`` and ``offset``).

Its total counts one or two cars that it never lists. ``specialprice`` is 0 or conditional:
``price`` is what is advertised. ``/page/N`` pages the HTML, which franchise sites do not serve.
"""

from crawler.extract.embedded_grid import GridRules
from crawler.extract.json_endpoint import JsonGrid
from crawler.platforms.platform import Platform

__all__ = ["Overfuel"]


class Overfuel(Platform):
    name = "overfuel"
    grid_paths = ("/inventory", "/used-cars", "/used-vehicles")
    fingerprints = (
        "[src*='static.overfuel.com/']",
        "[href*='static.overfuel.com']",
        "script#__NEXT_DATA__:contains('overfuel')",
        "script#__NEXT_DATA__:contains('\"stocknumber\"'):contains('\"featuredphoto\"')",
    )
    grid_rules = GridRules(mounts=("#__next:empty",))
    json_grids = (
        JsonGrid(
            url="https://api.overfuel.com/api/1.0/dealers/{dealer}/search?limit={size}&offset={number}",
            settings=(
                ("dealer", r"[\"']dealer(?:Id|_id)[\"']\s*:\s*(\d{1,9})\b"),
                # The number is this vendor's only where its own files are linked: elsewhere it
                # would name somebody else's lot.
                ("vendor", r"//((?:static|api|www)\.overfuel\.com)\b"),
            ),
            step="offset",
            size=200,
            hosts=("overfuel.com",),
        ),
    )

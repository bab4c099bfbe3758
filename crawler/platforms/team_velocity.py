"""Team Velocity (Apollo): the server draws the cards in one of two layouts; ``data-itemid`` ends in
the VIN. The link carries the payment it shows (``?type=cash``, ``?type=lease``): the same car under
two addresses, so the choice is cut. Reserved cars stay on the grid.
"""

from crawler.extract.embedded_grid import GridRules
from crawler.platforms.platform import Platform

__all__ = ["TeamVelocity"]


class TeamVelocity(Platform):
    name = "team_velocity"
    grid_paths = ("/inventory/all", "/inventory/used", "/inventory/new")
    vehicle_path = r"/viewdetails/(?:new|used|certified)/[a-hj-npr-z0-9]{11}\w{6}/"
    tiles = (".standard-inventory[data-itemid]", ".clean-design-srp-card[data-itemid]")
    fingerprints = (
        ".standard-inventory[data-itemid]",
        ".clean-design-srp-card",
        "a.si-vehicle-box",
        "a.srp-vehicle-box",
        ".inventory-pagination a[rel='next']",
    )
    grid_rules = GridRules(page_step=("page", "page"))

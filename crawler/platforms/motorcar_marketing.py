"""Motorcar Marketing: dealers on the vendor's own domain, a theme each.

Themes differ in everything but the vehicle's path and the photo's: "sleek" tells the facts in
tables, "pill" in pairs of divs and gives no VIN on the grid. Sold cars stay in the lot for months.
Every vehicle's page ends with other cars in the very markup of its own facts, and an abandoned site
answers 200 "Down For Maintenance".
"""

from crawler.platforms.platform import Platform

__all__ = ["MotorcarMarketing"]


class MotorcarMarketing(Platform):
    name = "motorcar_marketing"
    grid_paths = ("/vehicle_listings/all/vehicles",)
    photo_path = r"/dealers/images/vehicles/\w+/image_\d+_\w+\.\w{3,4}"
    vehicle_path = r"/vehicle/\d+/[\w%.-]+-for-sale-in-[\w%.-]+-\d{5}"
    tiles = (".car_listings > .inventory", "li.mix[data-year]", "a.inventory[href*='/vehicle/']")
    fingerprints = (
        "[href^='/vehicle_listings/all/']",
        "li.mix[data-year][data-make] .pill_data",
    )
    detail_cuts = ("li.mix", ".recent-vehicles-wrap", ".similar-vehicles", "[data-cg-price]")
    detail_pairs = ((".pill", ".pill_data"), ("td.option", "td.spec"))
    detail_gallery = ("[src*='/dealers/images/vehicles/']",)

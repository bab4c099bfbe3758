"""A dealer's own site: home, contact, grids with their pagers, vehicle pages, and what it answers
for gone cars.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from replica.calendar import Lot, Standing, lot
from replica.dealers import Dealer
from replica.page import Page, Visit, challenge, html, redirect, text
from replica.photos import answer_photo
from replica.sites.scripted import part_of, script
from replica.sites.show import Shown
from replica.sites.structured import auto_dealer, graph, partial_list, vehicle, whole_list
from replica.themes import THEMES, Theme

TELL_THE_DEALER = ("gateway", "cam", "itemlist", "autorevo")  # These print themselves as JSON-LD.
CHALLENGE_STATUS = {"millbrook": 200}


class DealerSite:
    """One dealer on one port. `cdn` is the origin of the photo host."""

    def __init__(self, seed: int, dealer: Dealer, origin: str, cdn: str):
        self.key = dealer.key
        self.seed, self.dealer, self.origin, self.cdn = seed, dealer, origin, cdn
        self.theme: Theme = THEMES[dealer.theme]
        self._paths: tuple[int, dict[str, Standing]] = (-1, {})

    def answer(self, visit: Visit) -> Page:
        """The page behind a request."""
        today = lot(self.seed, self.key, visit.day)
        if visit.path == "/robots.txt" and not self.dealer.challenged:
            if self.dealer.robots is None:
                return html("missing.html", 404)
            return text(self.dealer.robots)
        if today.fault == "blocked":
            return challenge(CHALLENGE_STATUS.get(self.key, 403))
        if photo := answer_photo(self.key, visit.path):
            return photo
        if visit.path == "/":
            return self._home()
        if visit.path.rstrip("/") == "/contact":
            return self._html("contact.html")
        if visit.path == self.dealer.private:
            return html("private.html")
        if self.theme.name == "scripted" and (part := self._scripted(visit, today)):
            return part
        if grid := self._grid(visit, today):
            return grid
        return self._vehicle(visit, today)

    def shown(self, standing: Standing, day: int) -> Shown:
        """The car as this site's pages show it on a day."""
        return Shown(standing, self.dealer, self.theme, self.origin, self.cdn, day)

    def grid_url(self, page: int = 1, sold: bool = False) -> str:
        """The absolute address of a page of a grid, as the site's own pager writes it."""
        root = (self.theme.sold if sold else None) or self.theme.grid
        return self.origin + (self._link(root)(page) if page > 1 else root)

    def _html(self, template: str, status: int = 200, **context: Any) -> Page:
        return html(
            template,
            status,
            self.theme.charset,
            dealer=self.dealer,
            origin=self.origin,
            hints=self.theme.hints,
            nav=self._nav(),
            grid_path=self.theme.grid,
            sold_path=self.theme.sold if self.dealer.sold else None,
            links_inventory=self.dealer.links_inventory,
            x_sold=x_sold,
            vehicle=vehicle,
            **context,
        )

    def _home(self) -> Page:
        told = self.theme.name in TELL_THE_DEALER
        dealer = auto_dealer(self.dealer, self.origin) if told else None
        return self._html("home.html", structured=dealer)

    def _nav(self) -> list[tuple[str, str]]:
        links = [("Home", "/")]
        if self.dealer.links_inventory:
            links.append((self.dealer.nav, self.theme.grid))
            links += [
                ("New Arrivals" if "new" in shelf else "Featured", shelf)
                for shelf in self.theme.shelves
            ]
            if self.theme.sold and self.dealer.sold:
                label = "Verkauft" if self.dealer.address.country == "DE" else "Sold"
                links.append((label, self.theme.sold))
        return [*links, ("Contact", "/contact")]

    def _grid(self, visit: Visit, today: Lot) -> Page | None:
        """A page of the current grid, the sold grid or a shelf of it; None when the path is none
        of them.
        """
        path, page = self._page_number(visit)
        standings: Sequence[Standing]
        if path == self.theme.grid:
            standings = () if today.fault == "empty" else today.grid
        elif path == self.theme.sold and self.dealer.sold:
            standings = today.archive
        elif path in self.theme.shelves:
            standings = today.grid[:8] if "new" in path else today.grid[3:9]
        else:
            return None
        size = self.theme.per_page
        pages = max(1, -(-len(standings) // size))
        if today.fault == "truncated" and path == self.theme.grid:
            pages = 1
        if page > pages and self.theme.pager == "path":
            return html("missing.html", 404)
        tiles = standings[(page - 1) * size : page * size] if page <= pages else ()
        cars = [self.shown(standing, visit.day) for standing in tiles]
        if self.theme.name == "gateway" and page == 1 and path == self.theme.grid and len(cars) > 4:
            cars.append(cars[1])  # The same car stands on two tiles, as it does on the real site.
        link = self._link(path)
        is_sold = path == self.theme.sold
        return self._html(
            f"{self.theme.name}/grid.html",
            cars=cars,
            page=page,
            pages=pages,
            total=len(standings),
            link=link,
            stray_next=f"{self.theme.grid}?page=2" if is_sold else link(page + 1),
            is_sold=is_sold,
            partial_list=partial_list(self.dealer, cars, len(standings)),
            whole_list=whole_list(cars),
            graph=graph(cars),
        )

    def _scripted(self, visit: Visit, today: Lot) -> Page | None:
        """What the grid's script asks for: itself, and the tiles from a number on."""
        if visit.path == "/assets/lot.js":
            return script()
        head, _, start = visit.path.rpartition("/")
        if head != "/assets/lot" or not start.isdigit():
            return None
        standings: Sequence[Standing] = () if today.fault == "empty" else today.grid
        size, first = self.theme.per_page, int(start)
        is_cut = today.fault == "truncated" and first
        cars = [
            self.shown(standing, visit.day)
            for standing in (() if is_cut else standings[first : first + size])
        ]
        return part_of(cars, len(standings))

    def _page_number(self, visit: Visit) -> tuple[str, int]:
        """The grid's path and the number of the page asked for, from 1."""
        path, size = visit.path, self.theme.per_page
        if self.theme.pager == "path":
            head, _, tail = path.rstrip("/").partition("/page/")
            return f"{head}/", int(tail) if tail.isdigit() else 1
        path = path if path == "/" else path.rstrip("/")
        name = {"query": "page", "offset": "offset", "start": "start"}.get(self.theme.pager, "page")
        value = visit.query.get(name, "")
        if not value.isdigit():
            return path, 1
        return path, max(1, int(value) if self.theme.pager == "query" else int(value) // size + 1)

    def _link(self, path: str) -> Callable[[int], str]:
        size = self.theme.per_page

        def link(page: int) -> str:
            if self.theme.pager == "path":
                return f"{path}page/{page}/" if page > 1 else path
            if self.theme.pager in ("offset", "start"):
                return f"{path}?{self.theme.pager}={(page - 1) * size}" if page > 1 else path
            return f"{path}?page={page}"

        return link

    def _vehicle(self, visit: Visit, today: Lot) -> Page:
        standing = self._by_path(today).get(visit.path)
        if standing is None:
            return html("missing.html", 404)
        if self.dealer.guarded:
            return challenge(403)
        if standing.place == "gone":
            return self._gone()
        car = self.shown(standing, visit.day)
        kind = ["Product", "Vehicle"] if "dealeraccelerate" in "".join(self.theme.hints) else "Car"
        return self._html(
            f"{self.theme.name}/vehicle.html",
            car=car,
            related=self._related(today, standing, visit.day),
            structured=vehicle(car, kind),
        )

    def _by_path(self, today: Lot) -> dict[str, Standing]:
        """The day's cars by the path of their pages."""
        if self._paths[0] != today.day:
            paths = {self.shown(standing, today.day).path: standing for standing in today.standings}
            self._paths = (today.day, paths)
        return self._paths[1]

    def _gone(self) -> Page:
        if self.dealer.gone == "redirect":
            return redirect(self.theme.grid)
        if self.dealer.gone == "soft":
            return self._html("unavailable.html")
        return html("missing.html", int(self.dealer.gone))

    def _related(self, today: Lot, standing: Standing, day: int) -> list[Shown]:
        """Four other cars for the rail under a vehicle, sold ones among them."""
        rng = Random(f"{self.seed}/{standing.car.key}/related")
        live = [s for s in today.grid if s.car != standing.car]
        sold = [s for s in today.archive if s.car != standing.car]
        picked = rng.sample(live, min(3, len(live))) + rng.sample(sold, min(1, len(sold)))
        return [self.shown(other, day) for other in picked]


def x_sold(car: Shown) -> bool:
    """Whether an AutoRevo dealer marks this sale by writing "X Sold" into the make instead of the
    overlay.
    """
    return car.sold and car.car.number % 2 == 0

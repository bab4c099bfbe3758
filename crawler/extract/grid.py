"""What one page of an inventory grid says."""

from dataclasses import dataclass

from crawler.extract.card import Card

__all__ = ["GridPage"]


@dataclass(frozen=True, kw_only=True)
class GridPage:
    """One page of a grid.

    ``next_url`` is the page after this one in the same grid, with the same filters and order;
    ``declared_total`` and ``last_page`` are what the page claims about the whole grid;
    ``sold_grid_url`` is an explicit link to the archive of sold cars. ``confidence`` (0 to 1) says
    how sure the reader is that this is a grid of vehicles at all.
    """

    cards: tuple[Card, ...] = ()
    next_url: str | None = None
    declared_total: int | None = None
    last_page: int | None = None
    sold_grid_url: str | None = None
    confidence: float = 0.0

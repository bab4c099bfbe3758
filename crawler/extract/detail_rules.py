"""What a platform declares about its vehicle pages, for the reader that knows none of them."""

from dataclasses import dataclass

__all__ = ["NO_RULES", "DetailRules"]


@dataclass(frozen=True, kw_only=True)
class DetailRules:
    """CSS selectors, all optional: the generic reader finds by structure what none names.

    ``block`` is the main block, ``cuts`` what is dropped before anything is read (rails of other
    cars, modals), ``pairs`` are (label, value) selectors, ``gallery`` the elements that hold the
    photos, ``price`` the asking price, first match first.
    """

    block: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    gallery: tuple[str, ...] = ()
    price: tuple[str, ...] = ()


NO_RULES = DetailRules()

"""Where and how a car was seen, line by line: its listings, the readings of its dealer's inventory,
and the visits to its own page."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from normalizer.rulings_list import SHORT
from normalizer.wording import GRIDS, counted, doubted, folded, moment, said_of, shortened

__all__ = ["seen_line", "visit_line", "walk_lines"]

OUTCOMES = {
    "read": "read",
    "not_modified": "unchanged",
    "gone": "gone",
    "blocked": "blocked",
    "failed": "no answer",
}


def seen_line(seen: Mapping[str, Any]) -> str:
    """One listing of the car: when it was seen, and how often it was missed since."""
    url = seen["listing_url"]
    name = url if "://" in url else f"row {url} of the feed"
    first, last = moment(seen["first_seen_at"]), moment(seen["last_seen_at"])
    span = f"on {first}" if first == last else f"from {first} to {last}"
    text = f"  {name}: seen {span}"
    if seen["seen_count"] > 1:
        text += f", {seen['seen_count']:,} times"
    if seen["missed_runs"]:
        missed = seen["missed_runs"]
        text += "; missed once since" if missed == 1 else f"; missed {missed} times in a row since"
    return text


def walk_lines(walks: Sequence[Mapping[str, Any]], pages: int = 1) -> Iterator[str]:
    """The readings, the newest first; those in a row that say the same are one line. ``pages`` is
    how many addresses the car has."""
    page = "its own page" if pages <= 1 else "one of its pages"

    def told(walk: Mapping[str, Any]) -> tuple[str, str]:
        said = said_of(walk["saw"]) if walk["saw"] else "does not show it"
        if walk.get("shows_another"):
            said = "shows another car at its address"
        if walk["probed"]:
            said += f"; {page}: {_answer(walk['probed'])}"
        if walk["reason"]:
            said += f"; no proof of absence, for {doubted(walk['reason'])}"
            said += f" (walk {walk['observation_key'][:SHORT]})"
        return GRIDS.get(walk["grid"], walk["grid"]), said

    for (grid, said), group in groupby(walks, key=told):
        same = list(group)
        sizes = sorted({walk["seen"] for walk in same})
        cars = counted(sizes[0], "car") if len(sizes) == 1 else f"{sizes[0]:,}-{sizes[-1]:,} cars"
        when = moment(same[-1]["observed_at"])
        if len(same) > 1:
            when += f" to {moment(same[0]['observed_at'])}, {counted(len(same), 'reading')}"
        yield from folded(f"  {when}, {grid} of {cars}: {said}", "    ", width=110)


def _answer(probed: str) -> str:
    """What a page answered: "gone, http_404" as "gone (404)"."""
    verdict, _, sign = probed.partition(", ")
    words = {"alive": "still there", "gone": "gone", "unknown": "does not tell"}
    sign = sign.replace("http_", "").replace("_", " ")
    return f"{words.get(verdict, verdict)}{f' ({sign})' if sign else ''}"


def visit_line(visit: Mapping[str, Any]) -> str:
    """One visit to the car's own page, and what it gave."""
    said = OUTCOMES.get(visit["outcome"], visit["outcome"])
    if visit["page_status"] not in (None, "unknown"):
        status = {"in_stock": "on offer", "pending": "reserved"}.get(visit["page_status"])
        said += f", says {status or visit['page_status']}"
    if visit["status_sign"]:
        said += f' ("{shortened(visit["status_sign"])}")'
    return f"  {moment(visit['observed_at'])}  {visit['url']}: {said}"

"""Why a vehicle counts as on offer, sold or removed, in sentences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from normalizer.rulebook import rulebook
from normalizer.rulings_list import ListedRuling
from normalizer.wording import counted, doubted, moment, shortened

__all__ = ["standing"]

Row = Mapping[str, Any]

OFFERED = {
    "current_grid": "The dealer's inventory page lists it",
    "feed": "The dealer's feed lists it",
    "alive": "Its own page still offers it, though no inventory page lists it",
    "mark": "The dealer marks it so",
}


def standing(
    columns: Row,
    history: Sequence[Row],
    seen: Sequence[Row],
    walks: Sequence[Row],
    visits: Sequence[Row],
    rulings: Sequence[ListedRuling],
) -> str:
    """The status and its reason; ``walks`` and ``visits`` come newest first."""
    status, evidence = columns["status"], columns["status_evidence"]
    decisive = [event for event in history if event["event"] != "price_changed"]
    since = moment(decisive[-1]["happened_at"]) if decisive else None
    # Where its address shows another car by now, no listing is the car's own any more.
    last = max(
        (row["last_seen_at"] for row in seen),
        default=datetime.fromisoformat(columns["last_seen_at"]),
    )
    if evidence in ("ruling", "takedown"):
        return _ruled(columns, since, evidence, rulings)
    if status in ("in_stock", "pending"):
        offers = [row for row in seen if row["last_seen_status"] in ("in_stock", "pending")]
        last = max((row["last_seen_at"] for row in offers or seen), default=None)
        return _offered(columns, since, last, offers or seen, walks)
    if status == "sold":
        return _sold(columns, since, last, decisive, walks, visits)
    return _removed(evidence, since, last)


def _ruled(columns: Row, since: str | None, evidence: str, rulings: Sequence[ListedRuling]) -> str:
    words = {"in_stock": "On offer", "pending": "Reserved", "sold": "Sold"}
    text = words.get(columns["status"], "No longer offered")
    if columns["sold_at"]:
        text += f" on {moment(columns['sold_at'])}"
    action = "takedown" if evidence == "takedown" else "set"
    for each in reversed(rulings):
        ruling = each.ruling
        if not ruling or each.state != "in force" or ruling.action != action:
            continue
        if action == "takedown" or "status" in ruling.values:
            did = "took it down" if action == "takedown" else "ruled so"
            if action == "takedown" and ruling.subject == "organization":
                did = "took the whole dealer down"
            return (
                f"{text}: the operator {did} on {moment(each.observed_at)} ({ruling.author}: "
                f"{ruling.reason}), and that holds whatever is seen later."
            )
    return f"{text} since {since}: the operator ruled so."


def _offered(
    columns: Row,
    since: str | None,
    last: datetime | None,
    seen: Sequence[Row],
    walks: Sequence[Row],
) -> str:
    state = "Reserved" if columns["status"] == "pending" else "On offer"
    text = f"{state} since {since}. {OFFERED.get(columns['status_evidence'], 'It was seen so')}"
    text += f". It was last seen on offer on {moment(last)}." if last else "."
    missed = max((row["missed_runs"] for row in seen), default=0)
    if missed:
        needed = rulebook().sold.missed_runs
        text += (
            f" Since then {counted(missed, 'complete reading')} did not show it; after {needed} in "
            "a row it counts as sold."
        )
    later = [walk for walk in walks if last and walk["observed_at"] > last and not walk["saw"]]
    for walk in (walk for walk in later if walk["reason"]):
        text += (
            f" The reading of {moment(walk['observed_at'])} did not show it, but proves no absence:"
            f" {doubted(walk['reason'])}."
        )
        break
    return text


def _sold(
    columns: Row,
    since: str | None,
    last: datetime | None,
    decisive: Sequence[Row],
    walks: Sequence[Row],
    visits: Sequence[Row],
) -> str:
    at = moment(columns["sold_at"]) if columns["sold_at"] else None
    head = f"Sold on {at}" if at else "Sold, nobody knows when"
    evidence = columns["status_evidence"]
    if evidence == "absence":
        missing = [
            moment(walk["observed_at"])
            for walk in reversed(walks)
            if last and walk["observed_at"] > last and not walk["saw"] and not walk["reason"]
        ]
        needed = rulebook().sold.missed_runs
        when = f", first on {missing[0]}" if missing and missing[0] == at else ""
        # A reading in doubt counts, too, where the car's own page is gone, which removed it first.
        is_gone = any(event["detail"].get("evidence") == "gone" for event in decisive[-2:])
        readings = "readings" if is_gone else "complete readings"
        page = ", and its own page was gone" if is_gone else ""
        return (
            f"{head}, as it seems; nobody said so. It was last seen on {moment(last or at or '')}."
            f" Then {needed} {readings} of the dealer's inventory in a row did not show it"
            f"{when}{page}. The sale is dated by the first of them and known since {since}."
        )
    if evidence == "sold_grid":
        return f"{head}: the dealer showed it among his sold cars then, and offers it nowhere."
    if evidence == "legacy":
        return f"{head}: an older system recorded the sale, and no reading has seen the car."
    for visit in visits:
        if visit["page_status"] == "sold":
            sign = f' ("{shortened(visit["status_sign"])}")' if visit["status_sign"] else ""
            return f"{head}: its own page says that it is sold{sign}.{_in_spite(columns, walks)}"
    return (
        f"{head}: the dealer marks it as sold; that is the day on which the mark was first seen."
        f"{_in_spite(columns, walks)}"
    )


def _in_spite(columns: Row, walks: Sequence[Row]) -> str:
    """What still offers a car that is marked as sold, and why that brings it not back."""
    sold_at = columns["sold_at"] and datetime.fromisoformat(columns["sold_at"])
    for walk in walks:
        if not sold_at or walk["observed_at"] <= sold_at or "in_stock" not in (walk["saw"] or ""):
            continue
        if walk["grid"] == "feed":
            return (
                f" The dealer's feed still listed it on {moment(walk['observed_at'])}: it has done "
                "so since before the sale, and feeds follow late."
            )
        return (
            f" The inventory page still showed it without a mark on {moment(walk['observed_at'])}: "
            "the word that it is sold counts until that card changes."
        )
    return ""


def _removed(evidence: str, since: str | None, last: datetime | None) -> str:
    head = f"No longer offered since {since}"
    seen = f" It was last seen on {moment(last)}." if last else ""
    needed = rulebook().sold.missed_runs
    if evidence == "gone":
        return (
            f"{head}: the inventory page does not list it any more, and its own page is gone.{seen}"
            f" Nobody claims a sale yet; {needed} such readings in a row make it sold."
        )
    if evidence == "delisted":
        readings = counted(rulebook().sold.delisted_after, "complete reading")
        if last and since and moment(last) > since:
            seen = f" That page still answered on {moment(last)}."
        return (
            f"{head}: {readings} of the dealer's inventory did not list it, though its own page "
            f"was never seen to be gone.{seen} Nobody claims a sale."
        )
    return f"{head}.{seen}"

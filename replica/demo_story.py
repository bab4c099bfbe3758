"""What the demo shows of the tables: an overview, and three cars with the source of each value."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.table import Table

__all__ = ["overview", "stories"]

OVERVIEW = """
SELECT b.name, b.city, b.state,
       count(*) FILTER (WHERE v.status = 'in_stock') AS in_stock,
       count(*) FILTER (WHERE v.status = 'pending') AS pending,
       count(*) FILTER (WHERE v.status = 'sold') AS sold,
       count(*) FILTER (WHERE v.status = 'removed') AS removed,
       coalesce(sum(i.images), 0) AS images
FROM businesses b
JOIN vehicles v ON v.dealer_id = b.id
LEFT JOIN (SELECT vehicle_id, count(*) AS images FROM vehicle_images GROUP BY vehicle_id) i
       ON i.vehicle_id = v.id
GROUP BY b.id
ORDER BY count(*) DESC, b.name
"""
TOTALS = """
SELECT (SELECT count(*) FROM classic_seller_queue) AS sellers,
       (SELECT count(*) FROM businesses) AS organizations,
       (SELECT count(*) FROM import_queue) AS observations,
       (SELECT count(*) FROM import_queue WHERE status = 'dead') AS parked
"""
# A car whose price moved, one that sold, and one that came back or was reserved: whatever is there.
PICKED = """
SELECT DISTINCT ON (e.event) v.id
FROM vehicle_events e JOIN vehicles v ON v.id = e.vehicle_id
WHERE e.event IN ('price_changed', 'relisted', 'sold') AND v.vin IS NOT NULL
ORDER BY e.event, v.id
"""
VEHICLE = """
SELECT v.*, b.name AS dealer FROM vehicles v JOIN businesses b ON b.id = v.dealer_id WHERE v.id = %s
"""
EVENTS = (
    "SELECT happened_at, event, detail FROM vehicle_events WHERE vehicle_id = %s ORDER BY position"
)
ORIGIN = "SELECT observed_at, url FROM import_queue WHERE key = %s ORDER BY id LIMIT 1"
SHOWN = (
    "title",
    "year",
    "make",
    "model",
    "trim",
    "vin",
    "stock",
    "price",
    "mileage",
    "exterior_color",
)


def overview(connection: psycopg.Connection[Any]) -> Table:
    """The dealers with what they have in stock and what they sold, and the totals."""
    with connection.cursor(row_factory=dict_row) as cursor:
        dealers = cursor.execute(OVERVIEW).fetchall()
        totals = cursor.execute(TOTALS).fetchone()
    assert totals is not None
    table = Table(title="\nThe canonical tables", title_justify="left", show_footer=True)
    numbers = ("in_stock", "pending", "sold", "removed", "images")
    table.add_column("dealer", footer=f"{len(dealers)} dealers", max_width=30)
    table.add_column("place")
    for name in numbers:
        total = sum(dealer[name] for dealer in dealers)
        table.add_column(name.replace("_", " "), justify="right", footer=f"{total:,}")
    for dealer in dealers:
        place = ", ".join(filter(None, (dealer["city"], dealer["state"])))
        table.add_row(dealer["name"], place, *(f"{dealer[name]:,}" for name in numbers))
    table.caption = " · ".join(f"{count:,} {name}" for name, count in totals.items())
    return table


def stories(connection: psycopg.Connection[Any]) -> Iterator[Table]:
    """Three cars: each value with the source, time and page it came from, and what happened."""
    for (vehicle_id,) in connection.execute(PICKED).fetchall()[:3]:
        yield _story(connection, vehicle_id)


def _story(connection: psycopg.Connection[Any], vehicle_id: Any) -> Table:
    with connection.cursor(row_factory=dict_row) as cursor:
        vehicle = cursor.execute(VEHICLE, [vehicle_id]).fetchone()
        events = cursor.execute(EVENTS, [vehicle_id]).fetchall()
    assert vehicle is not None
    history = ", ".join(f"{e['event'].replace('_', ' ')} {e['happened_at']:%d %b}" for e in events)
    table = Table(
        title=f"\n{vehicle['title']} — {vehicle['dealer']}\n[dim]{vehicle['discovery_url']}[/]",
        caption=f"{vehicle['status']} by {vehicle['status_evidence']}: {history}",
        title_justify="left",
        caption_justify="left",
    )
    for column in ("field", "value", "source", "seen", "observation"):
        table.add_column(column)
    for name in SHOWN:
        if vehicle[name] is None:
            continue
        source, key = vehicle["provenance"].get(name, ("", ""))
        origin = connection.execute(ORIGIN, [key]).fetchone()
        seen = f"{origin[0]:%d %b %H:%M}" if origin else ""
        table.add_row(name, _shown(vehicle, name), source, seen, key[:12])
    return table


def _shown(vehicle: dict[str, Any], name: str) -> str:
    if name == "price":
        return f"{vehicle['price']:,.0f} {vehicle['currency']} ({vehicle['price_kind']})"
    if name == "mileage":
        return f"{vehicle['mileage']:,} {vehicle['mileage_unit']}"
    return str(vehicle[name])

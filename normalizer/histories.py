"""What has left `import_queue`, kept where the rules read it: packed by handle, month and kind.

A month of one dealer's walks names the same listings every day. Packed, each entry stands once and
a manifest is a list of numbers, compressed: a fiftieth of its rows. What is unpacked is
the very text of every observation, so a fold reads what it would have read of the queue
(docs/decisions/0019).
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection

from contract.observation import instant
from store.queries import load

__all__ = [
    "History",
    "Past",
    "histories",
    "name_of",
    "named",
    "named_so",
    "pack",
    "remember",
    "unpack",
]

SQL = load("archive")

_BEGIN, _BETWEEN, _END = "[{", "}, {", "}]"


class Past(NamedTuple):
    """One observation that has left the queue; ``content`` is its JSON, as the queue had it."""

    key: str
    source: str
    version: int
    url: str
    observed_at: datetime
    payload_hash: str
    content: str


@dataclass(frozen=True, slots=True)
class History:
    """The past of one handle in one month, as one kind of observation tells it."""

    organization_id: UUID
    month: date
    kind: str
    past: Sequence[Past]


def pack(past: Iterable[Past]) -> bytes:
    """Observations as compressed JSON. Lists of objects are told apart into their pieces, whatever
    they mean; put together again, they are the same text, letter by letter."""
    pieces: dict[str, int] = {}
    rows = []
    for item in past:
        begin, end = item.content.find(_BEGIN), item.content.rfind(_END)
        if 0 <= begin < end:
            listed = item.content[begin + len(_BEGIN) : end].split(_BETWEEN)
            numbers = [pieces.setdefault(piece, len(pieces)) for piece in listed]
            content = [item.content[:begin], numbers, item.content[end + len(_END) :]]
        else:
            content = [item.content]
        rows.append([*item[:4], instant(item.observed_at), item.payload_hash, *content])
    text = json.dumps([list(pieces), rows], ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode())


def unpack(content: bytes) -> list[Past]:
    """What `pack` has packed."""
    pieces, rows = json.loads(zlib.decompress(content))
    found = []
    for key, source, version, url, observed_at, payload_hash, *parts in rows:
        text = parts[0]
        if len(parts) > 1:
            listed = _BETWEEN.join([pieces[number] for number in parts[1]])
            text = f"{text}{_BEGIN}{listed}{_END}{parts[2]}"
        moment = datetime.fromisoformat(observed_at)
        found.append(Past(key, source, version, url, moment, payload_hash, text))
    return found


def name_of(key: str) -> int:
    """The beginning of a key as a number that fits a bigint: 15 of its 64 digits."""
    return int(key[:15], 16)


def histories(
    connection: Connection, handles: Iterable[UUID], kinds: Iterable[str]
) -> Iterator[History]:
    """The past of these handles, month by month."""
    arguments = {"handles": list(handles), "kinds": list(kinds)}
    yield from _unpacked(connection.execute(SQL["histories"], arguments))


def named(
    connection: Connection, handles: Iterable[UUID], keys: Iterable[str]
) -> Iterator[tuple[History, Past]]:
    """The observations with these keys that have left the queue, each with its history."""
    wanted = set(keys)
    arguments = {"handles": list(handles), "names": [name_of(key) for key in wanted]}
    if wanted:
        for history in _unpacked(connection.execute(SQL["named"], arguments)):
            yield from ((history, item) for item in history.past if item.key in wanted)


def named_so(connection: Connection, beginning: str) -> list[tuple[History, Past]]:
    """The observations that have left the queue whose keys begin so, whoever they are stamped
    with. Reads the whole table where it is asked."""
    bounds = {"first": name_of(beginning.ljust(15, "0")), "last": name_of(beginning.ljust(15, "f"))}
    return [
        (history, item)
        for history in _unpacked(connection.execute(SQL["named_between"], bounds))
        for item in history.past
        if item.key.startswith(beginning)
    ]


def remember(connection: Connection, history: History) -> None:
    """Keep a history."""
    connection.execute(
        SQL["remember"],
        {
            "organization_id": history.organization_id,
            "month": history.month,
            "kind": history.kind,
            "names": [name_of(item.key) for item in history.past],
            "content": pack(history.past),
        },
    )


def _unpacked(rows: Iterable[tuple[UUID, date, str, bytes]]) -> Iterator[History]:
    for organization_id, month, kind, content in rows:
        yield History(organization_id, month, kind, unpack(content))

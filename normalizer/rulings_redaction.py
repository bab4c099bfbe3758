"""Redactions: the one thing a ruling does to the queue itself, and what it does to the store.

A redacted observation counts as never made, also where it has left the queue for the archive; its
file is written anew by `python -m normalizer archive write`. Whoever drains an organization first
puts tombstones where rulings ask for them, before anything is read; so it makes no difference
whether the ruling or the observation came first. Stored pictures that nobody shows afterwards are
handed to a `cleanup` job.
"""

from collections.abc import Iterable
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from contract.canonical import canonical_json, sha256_hex
from contract.rulings import Ruling
from normalizer.histories import SQL as ARCHIVE
from normalizer.histories import History, Past, histories, named, pack
from normalizer.load import read
from store.queries import load

__all__ = ["Redaction"]

RULINGS = load("rulings")


class Redaction:
    """What one batch redacts. The locks of the organizations must be held.

    ``rows`` counts the observations that lost their content.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows = 0
        self._stored: set[str] = set()

    def execute(self, handles: Iterable[UUID]) -> None:
        """Put the tombstones that the rulings of these handles ask for."""
        handles = sorted(handles)
        rulings = read(self.connection, "of_handles", handles=handles).evidence
        keys = [
            item.payload.observation
            for item in rulings
            if isinstance(item.payload, Ruling)
            and item.payload.action == "redact"
            and item.payload.observation
        ]
        if not keys:
            return
        found = self.connection.execute(RULINGS["redact"], {"keys": keys, "handles": handles})
        self.rows += found.rowcount
        files = set()
        for stored, handle, month in found:
            files.add((handle, month))
            if stored:
                # A picture may be taken away before anybody has shown it.
                self._stored.add(stored)
        for history, item in list(named(self.connection, handles, keys)):
            content = self._tombstone(history, item)
            if content != item.content:
                self._rewrite(history, item._replace(content=content))
                files.add((history.organization_id, history.month))
                self.rows += 1
        for handle, month in files:
            where = {"organization_id": handle, "month": month}
            self.connection.execute(ARCHIVE["make_stale"], where)

    def _tombstone(self, history: History, item: Past) -> str:
        row = self.connection.execute(
            RULINGS["tombstone"],
            {
                "kind": history.kind,
                "organization_id": history.organization_id,
                "url": item.url,
                "content": item.content,
            },
        ).fetchone()
        assert row is not None
        return str(row[0])

    def _rewrite(self, history: History, item: Past) -> None:
        """Put one observation in its place. The history is read again: several of its observations
        may be redacted at once."""
        handles, kinds = [history.organization_id], [history.kind]
        for found in histories(self.connection, handles, kinds):
            if found.month == history.month:
                past = [item if each.key == item.key else each for each in found.past]
                self.connection.execute(
                    ARCHIVE["rewrite"],
                    {
                        "organization_id": history.organization_id,
                        "month": history.month,
                        "kind": history.kind,
                        "content": pack(past),
                    },
                )

    def remember(self, organizations: Iterable[UUID]) -> None:
        """Note which pictures the organizations show, before they are folded."""
        if self.rows:
            dealers = {"dealers": list(organizations)}
            rows = self.connection.execute(RULINGS["stored_pictures"], dealers)
            self._stored.update(key for (key,) in rows)

    def clean_up(self) -> None:
        """Hand over for deletion the pictures that nobody shows any more."""
        if not self._stored:
            return
        rows = self.connection.execute(RULINGS["unused_pictures"], {"keys": sorted(self._stored)})
        if unused := [key for (key,) in rows]:
            payload = {"delete_images": unused}
            key = f"images {sha256_hex(canonical_json(payload))}"
            self.connection.execute(
                RULINGS["enqueue_cleanup"], {"payload": Jsonb(payload), "idempotency_key": key}
            )

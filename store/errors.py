"""Everything that may go wrong between Paddock and its database, wrapped once at this border.

Callers catch these and never the driver's own errors. A message defaults to the first line of the
class's docstring.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests


class StoreError(Exception):
    """The database could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class StoreUnavailable(StoreError):
    """The database cannot be reached, or went away. A retry on a new connection may succeed."""


class StorageFull(StoreUnavailable):
    """The server answers, but its disk is full. Nothing is lost: free some space where it keeps its
    data, then run the same command again; what was not committed still waits."""


class DatabaseMissing(StoreError):
    """The server answers, but the database does not exist yet."""


class SchemaMissing(StoreError):
    """A table or column is missing: the schema is not there, or older than the program."""


class RoleUnavailable(StoreError):
    """The connection did not come up as the role that was asked for."""


class NotPermitted(StoreError):
    """The role may not do this: see `store/roles.sql`."""


class ConstraintViolated(StoreError):
    """The row breaks a rule of `store/schema.sql`."""


class AlreadyExists(ConstraintViolated):
    """A row with this key exists."""


class ConcurrentUpdate(StoreError):
    """A deadlock or a serialization failure: roll back, then run the transaction again."""


class TimedOut(StoreError):
    """A statement or a lock took longer than this connection allows."""


class MigrationError(StoreError):
    """The migrations on disk and those applied to the database do not fit together."""


class ClusterError(StoreError):
    """The project's own PostgreSQL cannot be started, found or removed."""


class QueryFileError(StoreError):
    """A file of named statements does not exist or is not well formed."""


# The first match decides, so the special cases stand before the classes they belong to.
_TRANSLATION: tuple[tuple[type[Exception], type[StoreError]], ...] = (
    (pg.UniqueViolation, AlreadyExists),
    (psycopg.IntegrityError, ConstraintViolated),
    (pg.InsufficientPrivilege, NotPermitted),
    (pg.SerializationFailure, ConcurrentUpdate),
    (pg.DeadlockDetected, ConcurrentUpdate),
    (pg.UndefinedTable, SchemaMissing),
    (pg.UndefinedColumn, SchemaMissing),
    (pg.QueryCanceled, TimedOut),
    (pg.LockNotAvailable, TimedOut),
    (pg.DiskFull, StorageFull),
    (psycopg.OperationalError, StoreUnavailable),
    (PoolTimeout, StoreUnavailable),
    (PoolClosed, StoreUnavailable),
    (TooManyRequests, StoreUnavailable),
    (psycopg.InterfaceError, StoreUnavailable),
)


# A connection that fails brings no error code along. The last is what a new session on a full disk
# says.
_NO_SPACE = ("No space left on device", "could not write init file")


def translate(error: Exception) -> StoreError:
    """The store's own error for one of the driver's; the original stays its `__cause__`."""
    kind = next((ours for theirs, ours in _TRANSLATION if isinstance(error, theirs)), StoreError)
    text = str(error).strip()
    if kind is StoreUnavailable and any(sign in text for sign in _NO_SPACE):
        kind = StorageFull
    if kind is StorageFull:
        advice = " ".join((StorageFull.__doc__ or "").split())
        text = f"{text.splitlines()[0]}\n{advice}"
    wrapped = kind(text)
    wrapped.__cause__ = error
    return wrapped


@contextmanager
def wrapped() -> Iterator[None]:
    """Turn the driver's errors inside the block into `StoreError`s; good around `await` as well."""
    try:
        yield
    except (psycopg.Error, PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise translate(error) from error

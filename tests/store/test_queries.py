"""Named statements: one sentence each, and errors that name the file."""

from importlib.resources import files

import pytest

from store.errors import QueryFileError
from store.queries import load, parse

TEXT = """\
-- A comment about the whole file.

-- claim --
-- Take the due rows, 100 % of them.
-- It may take two lines.
SELECT 1 -- inside
FROM t;

-- done --
-- Mark one row.
UPDATE t SET x = %(x)s
"""


def test_statements_are_found_by_name_without_their_description() -> None:
    queries = parse(TEXT)
    assert dict(queries) == {
        "claim": "SELECT 1 -- inside\nFROM t;",
        "done": "UPDATE t SET x = %(x)s",
    }

    assert "claim" in queries
    assert len(queries) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT 1;\n" + TEXT, "above its first"),
        (TEXT + "-- claim --\n-- Again.\nSELECT 2", "twice"),
        ("-- claim --\nSELECT 1", "needs one sentence"),
        ("-- claim --\n-- Nothing follows.\n", "no statement"),
    ],
)
def test_a_malformed_file_is_an_error_that_names_it(text: str, reason: str) -> None:
    with pytest.raises(QueryFileError, match=f"some.sql.*{reason}"):
        parse(text, "some.sql")


def test_an_unknown_statement_names_those_there_are() -> None:
    with pytest.raises(QueryFileError, match="no statement 'clam'; it has: claim, done"):
        parse(TEXT)["clam"]
    assert "clam" not in parse(TEXT)


def test_an_unknown_file_is_an_error() -> None:
    with pytest.raises(QueryFileError, match=r"no store/queries/nothing\.sql"):
        load("nothing")


def test_every_file_of_queries_is_well_formed() -> None:
    names = [entry.name for entry in (files("store") / "queries").iterdir()]
    assert all(name.endswith(".sql") for name in names)
    assert all(len(load(name.removesuffix(".sql"))) > 0 for name in names)

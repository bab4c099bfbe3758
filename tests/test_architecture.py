"""What may import what, and which modules must stay pure (docs/architecture.md)."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PROGRAMS = ("contract", "store", "crawler", "normalizer", "replica")
MAY_IMPORT = {
    "contract": {"contract"},
    "store": {"contract", "store"},
    "crawler": {"contract", "store", "crawler"},
    "normalizer": {"contract", "store", "normalizer"},
    # The replica is the world outside: it knows nothing of the programs that read it. Its demo
    # alone talks to the database, to compare the tables with the truth.
    "replica": {"contract", "store", "replica"},
}

PURE = (
    "contract/*.py",
    "crawler/addresses.py",
    "crawler/block_pages.py",
    "crawler/block_words.py",
    "crawler/drift.py",
    "crawler/extract/*.py",
    "crawler/platforms/*.py",
    "crawler/redirects.py",
    "normalizer/fields/*.py",
    *(
        f"normalizer/{name}.py"
        for name in (
            "assertions",
            "events",
            "evidence",
            "fold",
            "identity",
            "images",
            "inventory",
            "ladder",
            "legacy",
            "listings",
            "manifests",
            "merge",
            "points",
            "photo_urls",
            "prices",
            "profile",
            "relations",
            "rows",
            "rulebook",
            "rulings",
            "rulings_prices",
            "snapshots",
            "sold",
            "spellings",
            "track",
            "vehicles",
            "visits",
            "walks",
        )
    ),
)
"""Values in, values out: no clock, no randomness, no network, no database."""

IMPURE = {
    "aiohttp",
    "asyncio",
    "httpx",
    "os",
    "psycopg",
    "psycopg_pool",
    "random",
    "requests",
    "scrapy",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "twisted",
    "urllib.request",
    "uvicorn",
}
CLOCKS = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def pure_modules() -> list[Path]:
    found: list[Path] = []
    for pattern in PURE:
        matched = sorted(ROOT.glob(pattern))
        assert matched, f"{pattern} matches nothing: mend the list"
        found += matched
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_share_the_contract_and_the_store_and_nothing_else(program: str) -> None:
    foreign = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(program)
        for module in imports(path)
        if module.partition(".")[0] in PROGRAMS
        and module.partition(".")[0] not in MAY_IMPORT[program]
    }
    assert not foreign


def test_only_the_demo_connects_the_replica_with_the_store() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in sources("replica")
        for module in imports(path)
        if module.partition(".")[0] == "store"
    }
    assert all(user.startswith("replica/demo") for user in users)


def test_pure_modules_touch_neither_clock_nor_chance_nor_world() -> None:
    found = set()
    for path in pure_modules():
        name = path.relative_to(ROOT).as_posix()
        for module in imports(path):
            if module in IMPURE or module.partition(".")[0] in IMPURE:
                found.add(f"{name} imports {module}")
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in {"open", "input", "print"}:
                found.add(f"{name} calls {called.id}")
            if isinstance(called, ast.Attribute) and called.attr in CLOCKS:
                found.add(f"{name} calls {called.attr}")
    assert not found


def test_pure_modules_stay_pure_through_what_they_import() -> None:
    """A pure module may import our own modules only where these are pure as well."""
    pure = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in pure_modules()
    }
    packages = {module.removesuffix(".__init__") for module in pure}
    # Policies are reviewed files, read once: data that the rules are given.
    packages |= {"normalizer.policy", "contract"}
    found = set()
    for path in pure_modules():
        name = path.relative_to(ROOT).as_posix()
        for module in imports(path):
            ours = module.partition(".")[0] in PROGRAMS
            if ours and module not in packages:
                found.add(f"{name} imports {module}")
    assert not found


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_module_outgrows_one_idea(program: str) -> None:
    long = {
        f"{path.relative_to(ROOT)}: {count} lines"
        for path in sources(program)
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long

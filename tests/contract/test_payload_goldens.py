"""Every version of every payload that was ever written can be read, and says what it said.

`tests/fixtures/payloads/<kind>.v<version>.json` holds one observation's raw data as that version wrote
it, and the hash of what it means today. A new version of a payload comes with a new golden and an
upcaster for the old ones; a golden is never changed. A hash that changes would make every equal
payload look new to the crawler, so it changes with a version alone.
"""

import json
from pathlib import Path

import pytest

from contract.observation import PAYLOADS, Kind, parse_payload, payload_hash

GOLDENS = Path(__file__).parents[1] / "fixtures" / "payloads"
WRITTEN = [(kind, version) for kind in Kind for version in range(1, PAYLOADS[kind].VERSION + 1)]


def test_every_kind_has_a_golden_of_every_version() -> None:
    expected = {f"{kind}.v{version}.json" for kind, version in WRITTEN}
    assert {path.name for path in GOLDENS.iterdir()} == expected


@pytest.mark.parametrize(("kind", "version"), WRITTEN)
def test_what_was_written_once_is_read_for_ever(kind: Kind, version: int) -> None:
    golden = json.loads((GOLDENS / f"{kind}.v{version}.json").read_text(encoding="utf-8"))
    payload = parse_payload(kind, version, golden["raw_data"])
    assert payload_hash(payload) == golden["payload_hash"]
    if version == payload.VERSION:
        assert payload.model_dump(mode="json", exclude_none=True) == golden["raw_data"]


@pytest.mark.parametrize(("kind", "version"), WRITTEN)
def test_a_golden_uses_every_field_of_its_kind(kind: Kind, version: int) -> None:
    """So a field that is renamed or dropped cannot slip by."""
    golden = json.loads((GOLDENS / f"{kind}.v{version}.json").read_text(encoding="utf-8"))
    model = PAYLOADS[kind]
    if version == model.VERSION:
        unused = {
            name for name in model.model_fields if golden["raw_data"].get(name) in (None, [], {})
        }
        assert unused <= MAY_BE_UNUSED.get(kind, set())


MAY_BE_UNUSED: dict[Kind, set[str]] = {
    # A stored picture has no reason, a complete walk neither, and a listing with a page no key.
    Kind.IMAGE_FETCH: {"reason"},
    Kind.INVENTORY_MANIFEST: {"incomplete_because"},
    # What a ruling needs depends on what it does.
    Kind.RULING: {"other", "observation", "fields"},
}

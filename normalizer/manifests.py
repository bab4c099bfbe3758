"""Manifests read quickly: a dealer's walks mostly name the same sightings, day after day.

A manifest of a hundred listings is read as a hundred pieces of text, each of which is checked the
first time it comes. So equal sightings of one reading are one object, and whoever goes through the
walks in the order of time can see by identity what is still there (`normalizer.snapshots`).
"""

from collections.abc import MutableMapping

from pydantic import ValidationError

from contract.payloads import InventoryManifest, Sighting

__all__ = ["Sightings", "read_manifest"]

Sightings = MutableMapping[str, Sighting]
"""The text of each sighting → what it says; of one reading, so that it ends with it."""

_BEGIN, _BETWEEN, _END = '"listings": [{', "}, {", '}], "platform": '


def read_manifest(content: str, known: Sightings) -> InventoryManifest | None:
    """The manifest in this text, where it is of the newest version, as jsonb writes it, and fits;
    None where somebody has to look more closely.

    Quotes within a string are escaped, so none of the marks above can stand in one but "}, {",
    which leaves pieces that do not parse.
    """
    begin = content.find(_BEGIN)
    end = content.find(_END, begin)
    try:
        if begin < 0 or end < 0:
            return InventoryManifest.model_validate_json(content, strict=True)
        listings = []
        for piece in content[begin + len(_BEGIN) : end].split(_BETWEEN):
            sighting = known.get(piece)
            if sighting is None:
                sighting = Sighting.model_validate_json(f"{{{piece}}}", strict=True)
                known[piece] = sighting
            listings.append(sighting)
        rest = f'{content[:begin]}"listings": []{content[end + 2 :]}'
        manifest = InventoryManifest.model_validate_json(rest, strict=True)
    except (ValidationError, ValueError, RecursionError):
        return None
    return manifest.model_copy(update={"listings": tuple(listings)})

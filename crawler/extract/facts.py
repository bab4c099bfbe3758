"""Facts about a seller: candidates per field, each with where it was found."""

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Candidate", "Facts", "Origin"]

Origin = Literal["profile", "website"]
Candidate = dict[str, str]

MAX_CANDIDATES = 6


@dataclass
class Facts:
    """Candidates per field of contract.SellerProfile, in the order they were found, each once."""

    origin: Origin
    fields: dict[str, list[Candidate]] = field(default_factory=dict)

    def add(self, name: str, value: str | None, where: str) -> None:
        """Keep a raw value with its place; empty and repeated ones are no candidates."""
        value = " ".join(value.split()) if value else ""
        if value and len(value) <= 10_000:
            self._keep(name, {"value": value}, where)

    def add_address(self, where: str, **parts: str | None) -> None:
        """Keep an address as one text (``text=``) or in parts."""
        kept = {key: " ".join(part.split()) for key, part in parts.items() if part and part.strip()}
        if kept and all(len(part) <= 500 for part in kept.values()):
            self._keep("address", kept, where)

    def _keep(self, name: str, content: Candidate, where: str) -> None:
        known = self.fields.setdefault(name, [])
        if len(known) < MAX_CANDIDATES and all(
            {k: v for k, v in candidate.items() if k not in ("origin", "where")} != content
            for candidate in known
        ):
            known.append({**content, "origin": self.origin, "where": where[:500]})

    def extend(self, other: "Facts") -> None:
        """Append another page's candidates behind mine."""
        for name, candidates in other.fields.items():
            self.fields.setdefault(name, []).extend(candidates)

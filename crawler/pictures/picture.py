"""A picture that is wanted, and the items that it becomes on its way through the pipelines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contract.payloads import ImagePurpose

__all__ = ["Picture", "PictureItem"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One URL: who wants it as what (organization id and purpose), and what an earlier fetch of it
    came to, as the raw data of an `image_fetch`."""

    site: str
    url: str
    wanted_by: list[str]
    known: Mapping[str, Any] | None

    def items(self) -> Iterator["PictureItem"]:
        """One item per organization and purpose: each gets an observation of its own."""
        for number, wanted in enumerate(self.wanted_by):
            organization, _, purpose = wanted.partition(" ")
            yield PictureItem(self, UUID(organization), purpose, leads=number == 0)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PictureItem:
    """A picture that one organization wants as one thing.

    Of the items of one picture one ``leads``: what concerns the URL alone is noted once.
    """

    picture: Picture
    organization_id: UUID
    purpose: ImagePurpose
    leads: bool

"""Each platform's pages with its own file hidden: how much the generic reader still reads."""

import pytest

from bench.platforms import measured
from crawler.platforms import PLATFORMS, Platform

LEAST = {
    "recall": 0.98,
    "precision": 1.0,
    "card_fields": 0.9,
    "page_fields": 0.9,
    "photo_recall": 0.97,
    "photo_precision": 1.0,
    "status": 1.0,
}


@pytest.mark.parametrize("platform", PLATFORMS[:-1], ids=lambda platform: platform.name)
def test_generic_reader_reads_a_hidden_platform_nearly_as_well(platform: Platform) -> None:
    score = measured(platform, "generic")
    shares = {name: getattr(score, name).value for name in LEAST}
    assert not {
        name: share for name, share in shares.items() if share is not None and share < LEAST[name]
    }

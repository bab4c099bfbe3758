"""The packed histories of the archived walks."""

from normalizer.histories import Past, pack, unpack
from tests.normalizer.fleet import day

CONTENTS = [
    "{}",
    '{"a": [{"b": 1}, {"b": 2}]}',
    '{"x": "}, {", "y": [{"z": "[{ü"}]}',
    '[{"a"}',
    "}]",
]


def test_what_is_packed_is_unpacked_letter_by_letter() -> None:
    past = [Past("f" * 64, "dealer_site", 1, "https://x", day(0.123456), "h", c) for c in CONTENTS]
    assert unpack(pack(past)) == past


def test_a_month_of_equal_walks_is_packed_small() -> None:
    entries = ", ".join(f'{{"url": "https://x.example/{n}", "n": {n}}}' for n in range(100))
    past = [
        Past(
            f"{n:064x}", "dealer_site", 1, "https://x", day(n), "h", f'{{"listings": [{entries}]}}'
        )
        for n in range(30)
    ]
    assert len(pack(past)) * 20 < sum(len(item.content) for item in past)

"""What a person reads on a vehicle's page (facts.json) is what its platform reads there."""

import pytest

from bench.platforms import Score, read_vehicle
from crawler.golden import Case
from crawler.platforms import recognize
from tests.crawler.platforms.cases import FIXTURES

CASES = [Case(facts.parent) for facts in sorted(FIXTURES.glob("*/*/facts.json"))]


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.folder.parent.name}-{case.folder.name}"
)
def test_every_fact_and_photo_is_read_and_none_invented(case: Case) -> None:
    score = Score()
    page = case.page()
    read_vehicle(case, page, recognize(page), score)
    shares = (score.status, score.page_fields, score.photo_recall, score.photo_precision)
    assert [share.value for share in shares] == [1.0, 1.0, 1.0, 1.0]

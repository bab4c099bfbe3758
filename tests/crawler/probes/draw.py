"""Draws pages in the crawler's browser and writes down what became of each."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

from scrapy import Request, Spider

from crawler.answered_page import AnsweredPage
from crawler.fetch import fetcher
from crawler.rendering.walk import Rendering


class Draw(Spider):
    """``pages`` is a JSON file with URLs, ``answers`` the JSON file to write: per URL the failure,
    the drawn HTML, the parts by what became of them, and the seconds; ``stats`` are the run's."""

    name = "draw"

    def __init__(self, pages: str, answers: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls: list[str] = json.loads(Path(pages).read_text())
        self.path = Path(answers)

    async def start(self) -> AsyncIterator[Request]:
        told: dict[str, Any] = {}
        for url in self.urls:
            fetched = await fetcher(self.crawler)(url)
            assert isinstance(fetched.page, AnsweredPage), (url, fetched)
            began = monotonic()
            async with Rendering(self.crawler, url) as rendering:
                drawn = await rendering.page(fetched.page)
            told[url] = {
                "failure": drawn.failure,
                "html": drawn.page.html if drawn.page else "",
                "parts": dict(rendering.visit.parts),
                "more_left": rendering.more_left,
                "seconds": monotonic() - began,
            }
        stats = {
            name: value
            for name, value in self.crawler.stats.get_stats().items()
            if isinstance(value, int | float)
        }
        self.path.write_text(json.dumps({"pages": told, "stats": stats}))
        if not self.urls:
            yield Request("http://127.0.0.1/")

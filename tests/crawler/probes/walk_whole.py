"""Walks one grid with its endpoints and writes down how it ended."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider

from crawler.fetch import fetcher
from crawler.json_grid import asker, walk_whole_grid
from crawler.walk import GridWalk


class WalkWhole(Spider):
    """``grids`` is a JSON file with grid URLs, ``answers`` the JSON file to write."""

    name = "walk_whole"

    def __init__(self, grids: str, answers: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls: list[str] = json.loads(Path(grids).read_text())
        self.path = Path(answers)

    async def start(self) -> AsyncIterator[Request]:
        told: dict[str, Any] = {}
        for url in self.urls:
            walk = GridWalk(url, "current")
            async for _ in walk_whole_grid(walk, fetcher(self.crawler), asker(self.crawler)):
                pass
            told[url] = [walk.incomplete_because, len(walk.listings), walk.pages, walk.blocked]
        self.path.write_text(json.dumps(told))
        if not self.urls:
            yield Request("http://127.0.0.1/")

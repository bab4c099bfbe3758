"""Fetches a list of URLs and writes down what became of each."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.errors import Refused


class Ask(Spider):
    """``questions`` is a JSON file with URLs, ``answers`` the JSON file to write; ``inline`` awaits
    one fetch after the other instead of scheduling them."""

    name = "ask"

    def __init__(self, questions: str, answers: str, inline: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls: list[str] = json.loads(Path(questions).read_text())
        self.path = Path(answers)
        self.inline = bool(inline)
        self.answers: list[dict[str, Any]] = []

    async def start(self) -> AsyncIterator[Request]:
        for number, url in enumerate(self.urls):
            try:
                request = Request(
                    url,
                    callback=self.parse,
                    errback=self.failed,
                    dont_filter=True,
                    cb_kwargs={"number": number},
                )
            except ValueError as error:
                self.note(number, error=type(error).__name__)
                continue
            if not self.inline:
                yield request
                continue
            try:
                response = await self.crawler.engine.download_async(request)
            except Exception as error:
                self.note_error(number, error)
            else:
                self.parse(response, number)

    def parse(self, response: Response, number: int) -> None:
        self.note(number, status=response.status, body=response.body[:200].decode("latin-1"))

    def failed(self, failure: Any) -> None:
        number = failure.request.cb_kwargs["number"]
        if isinstance(failure.value, HttpError):
            self.parse(failure.value.response, number)
        else:
            self.note_error(number, failure.value)

    def note_error(self, number: int, error: BaseException) -> None:
        reason = error.reason if isinstance(error, Refused) else None
        detail = error.detail if isinstance(error, Refused) else str(error)
        self.note(number, error=type(error).__name__, reason=reason, detail=detail)

    def note(self, number: int, **answer: Any) -> None:
        self.answers.append({"number": number, "url": self.urls[number], **answer})

    def closed(self, reason: str) -> None:
        stats = self.crawler.stats.get_stats()
        figures = {key: value for key, value in stats.items() if isinstance(value, int | float)}
        found = sorted(self.answers, key=lambda answer: answer["number"])
        self.path.write_text(json.dumps({"answers": found, "stats": figures, "reason": reason}))

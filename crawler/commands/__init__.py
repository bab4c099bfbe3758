"""The project's own `scrapy` commands."""

from crawler.interrupted import end_at_once

end_at_once()

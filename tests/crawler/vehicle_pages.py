"""Small vehicle pages as a dealer's site may have them."""

from http.server import BaseHTTPRequestHandler

from tests.crawler.loopback import Answer, Behaviour

__all__ = ["vehicle_page", "versioned"]


def vehicle_page(title: str, *, vin: str = "", price: str = "$54,900", sold: bool = False) -> str:
    """A page with a heading, a price, facts, a description and photos."""
    photos = "".join(f'<img src="/photos/{title[:4]}-{n}.jpg" alt="{title}">' for n in range(4))
    return f"""<html><head><title>{title} | Dealer</title></head><body>
<header><a href="/">Dealer</a> <a href="/cars">Inventory</a></header>
<main><h1>{title}</h1><div class="price">{"SOLD" if sold else price}</div>
<table><tr><th>VIN</th><td>{vin}</td></tr><tr><th>Mileage</th><td>12,345 miles</td></tr>
<tr><th>Engine</th><td>289 V8</td></tr><tr><th>Exterior Color</th><td>Red</td></tr></table>
<div class="gallery">{photos}</div>
<h2>Description</h2><p>This {title} was kept by one family for forty years and drives well. All of
its papers are here, and so is the first bill of sale.</p></main></body></html>"""


def versioned(body: str, etag: str, conditions: list[str | None] | None = None) -> Behaviour:
    """A page that answers 304 to whoever knows its version; ``conditions`` collects what was
    asked."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers.get("If-None-Match")
        if conditions is not None:
            conditions.append(known)
        if known == etag:
            handler.send_response(304)
            handler.send_header("ETag", etag)
            handler.end_headers()
        else:
            Answer(200, body, {"ETag": etag})(handler)

    return answer

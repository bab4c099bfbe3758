"""How one page's URL may be spelled: what finds its rows in an index, without a URL library.

Sites change scheme, ``www.`` and the trailing slash without moving a page
(`contract.urls.url_identity` says which pages are the same; this only finds the candidates).
"""

import re

__all__ = ["listing_site", "page_of", "spellings"]

_HOST = re.compile(r"://(.*?)(?=[/?#]|://|\Z)", re.DOTALL)
_SPELLING = re.compile(r"^www\.|:(?:80|443)$")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def listing_site(url: str) -> str:
    """The site of a URL as the database's function of this name tells it: letters beyond ASCII stay
    as they are.

    >>> listing_site("https://WWW.example.com:443/cars/12")
    'example.com'
    """
    host = _HOST.search(url)
    return _SPELLING.sub("", host[1].translate(_LOWER)) if host else ""


def page_of(url: str) -> str:
    """The part of a URL that its spellings share.

    >>> page_of("https://www.example.com/cars/12/")
    'example.com/cars/12'
    """
    return url.partition("://")[2].removeprefix("www.").rstrip("/") or url


def spellings(url: str) -> list[str]:
    """Every spelling of a URL, itself among them.

    >>> spellings("http://example.com/a")[:2]
    ['http://example.com/a', 'http://example.com/a/']
    """
    if "://" not in url:
        return [url]
    page = page_of(url)
    found = {
        f"{scheme}://{www}{page}{slash}"
        for scheme in ("http", "https")
        for www in ("", "www.")
        for slash in ("", "/")
    }
    return sorted(found | {url})

"""How one page's URL may be spelled: what finds its rows in an index, without a URL library.

Sites change scheme, ``www.`` and the trailing slash without moving a page
(`contract.urls.url_identity` says which pages are the same; this only finds the candidates).
"""

__all__ = ["page_of", "spellings"]


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

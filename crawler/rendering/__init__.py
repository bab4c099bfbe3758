"""Drawing a page in a browser, where nothing else shows what it offers (docs/rendering.md).

The browser has no way to the network. The document is the one that the crawler fetched, and
whatever the page asks for is handed to the crawler's own downloader, where the address guard, the
robots rules and the pace of the site hold for it as for every request. A proxy that connects nobody
stands where the browser would go around that.
"""

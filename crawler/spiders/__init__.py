"""The spiders, one per file, each named as its file. A spider collects inputs and yields items of
`crawler.items`; it writes nothing itself."""

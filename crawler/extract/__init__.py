"""Pure readers of pages: (html, url) in, raw values out.

No clock, no network, no Scrapy but parsel. Raw strings stay raw; cleaning is the normalizer's.
"""

"""Downloader middlewares: they decide whether and when a request is made and whether an answer is
read. They raise `crawler.errors.Refused` and its subclasses, and yield no items."""

"""Spiders that exist for the tests only: they ask the crawler's shell questions."""

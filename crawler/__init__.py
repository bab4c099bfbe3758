"""The crawler: finds sellers, reads their pages, and speaks only through observations.

Spiders declare, platforms do, pipelines write, middlewares keep the crawler polite and safe; what
each kind of component may raise stands in docs/architecture.md. Nothing here writes a canonical
table: the crawler's database role could not.
"""

__version__ = "0.1.0"

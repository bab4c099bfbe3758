"""Item pipelines: validate what spiders yield and write it, awaited. They return the item, raise a
DropItem subclass, or let a store error end the run."""

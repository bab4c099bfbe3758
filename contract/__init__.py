"""What both sides of the import queue agree on: observation kinds, keys, handles and URLs.

The crawler, the workers and the operator write observations; the normalizer reads them. Nothing
else is shared between the programs, so a change here is a change of the contract: bump a payload's
version and keep an upcaster.
"""

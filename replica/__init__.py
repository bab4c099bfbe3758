"""A small deterministic web on loopback: the stand-in for the internet in the demo, the tests and
the benchmarks.
"""

"""The normalizer: canonical tables as a pure function of the set of observations and the policy.

Its modules are pure (values in, values out) except the drain's shell; see docs/architecture.md.
"""

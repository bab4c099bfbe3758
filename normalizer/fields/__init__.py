"""Pure readers of raw strings: one module per field, each total over any text.

Every function caps its input before it looks at it, never raises on text, and returns a frozen
value whose ``flags`` say what was odd. Language lives in ``normalizer/policy/*.yml``.
"""

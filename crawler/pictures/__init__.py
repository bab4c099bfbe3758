"""Pictures: which are wanted, what their bytes are, and where they are kept (docs/images.md)."""

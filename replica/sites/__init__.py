"""The kinds of site: classic.com, a dealer with an inventory, a brochure, a marketplace."""

"""How passages become training rows: windows, spans, splits, near-duplicates. Pure functions."""

"""Reading dump files, of Wikipedia and of Wikidata: byte ranges → decoded bytes → pages or lines.

    plan_ranges(path) ──▶ [FileRange, …] ──▶ decoded(range) ──▶ PageReader | owned_lines
                          (small tuples)     (chunks of bytes)   (RawPage)   (lines)

A range may begin and end anywhere (a bz2 range at streams): a page or line belongs to the range in which it begins, so
the ranges of a file together give each page exactly once, whatever their number.
"""

"""`== heading ==`: which lines are headings (MediaWiki's `handleHeadings`)."""


def split_heading(line: str) -> tuple[int, str]:
    """Level and text of a heading line; level 0 where the line only looks like one.

    >>> split_heading("== A == "), split_heading("=== B =="), split_heading("====="), split_heading("==")
    ((2, ' A '), (2, '= B '), (2, '='), (0, '=='))
    """
    line = line.rstrip(" \t")
    size = len(line)
    level = size - len(line.lstrip("="))
    if level == size:
        level = (size - 1) // 2
    elif not line.endswith("=" * level):
        level = min(level, size - len(line.rstrip("=")))
    level = min(level, 6)
    return level, line[level : size - level]

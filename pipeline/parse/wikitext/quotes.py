"""Bold and italic: which apostrophes of a line are markup (MediaWiki's `doQuotes`)."""

from pipeline.parse.wikitext import marks


def strip_quotes(line: str) -> str:
    """One line without its bold and italic marks; apostrophes that are text stay.

    Where there may be an address in brackets, a mark stays that ends it.

    >>> strip_quotes("'''Rome''' is ''old''"), strip_quotes("''''x''''"), strip_quotes("l'''amour'' x")
    ('Rome is old', "'x'", "l'amour x")
    """
    between = marks.NOTHING if "[" in line and "//" in line else ""
    if "'''" not in line:  # italic alone: all of them go
        return line.replace("''", between)
    if "''''" not in line:  # each run is one mark: all of them go, if no bold and italic one are left over
        rest = line.replace("'''", between)
        if line.count("'''") % 2 == 0 or rest.count("''") % 2 == 0:
            return rest.replace("''", between)
    parts = _split(line)
    bold = italic = 0
    for index in range(1, len(parts), 2):
        length = len(parts[index])
        if length == 4:
            parts[index - 1] += "'"
            parts[index] = "'''"
            length = 3
        elif length > 5:
            parts[index - 1] += "'" * (length - 5)
            parts[index] = "'''''"
            length = 5
        if length in (2, 5):
            italic += 1
        if length in (3, 5):
            bold += 1
    if bold % 2 and italic % 2:
        _shift_one(parts)
    return between.join(parts[::2])


def _split(line: str) -> list[str]:
    """Text and runs of two or more apostrophes in turns; a text begins and ends the list.

    >>> _split("a''b'''")
    ['a', "''", 'b', "'''", '']
    """
    parts = []
    position, start, size = 0, line.find("''"), len(line)
    while start >= 0:
        end = start + 2
        while end < size and line[end] == "'":
            end += 1
        parts.append(line[position:start])
        parts.append(line[start:end])
        position = end
        start = line.find("''", end)
    parts.append(line[position:])
    return parts


def _shift_one(parts: list[str]) -> None:
    """One bold mark is an apostrophe and an italic one: after a one-letter word, else a longer one, else a space."""
    after_long = after_space = -1
    chosen = -1
    for index in range(1, len(parts), 2):
        if len(parts[index]) != 3:
            continue
        before = parts[index - 1]
        if before.endswith(" "):
            if after_space < 0:
                after_space = index
        elif before[-2:-1] == " " and before[-1] < "\x80":
            chosen = index
            break
        elif after_long < 0:
            after_long = index
    if chosen < 0:
        chosen = after_long if after_long > 0 else after_space
    if chosen > 0:
        parts[chosen - 1] += "'"


def strip_quotes_by_line(text: str) -> str:
    """`strip_quotes` for each line of a text.

    >>> strip_quotes_by_line("''a\\nb''")
    'a\\nb'
    """
    if "\n" not in text:
        return strip_quotes(text)
    return "\n".join(strip_quotes(line) if "''" in line else line for line in text.split("\n"))

"""The stack of open HTML block elements, each by its letter (`marks.BLOCK_LETTERS`), and what text in it is."""

from typing import Final, Literal

from pipeline.records import PassageKind

DROPPED: Final = "dropped"
"""What text is that is no prose: in tables, boxes, preformatted blocks, and bare in a `<div>`."""


def apply_mark(letter: str, elements: list[str], floor: int) -> None:
    """Opens or closes an element; those below `floor`, outside of the list item, stay as they are.

    >>> elements = ["D", "P"]
    >>> apply_mark("P", elements, 0)  # a paragraph ends where the next one begins
    >>> apply_mark("B", elements, 0)
    >>> elements
    ['D', 'P', 'B']
    >>> apply_mark("d", elements, 0)
    >>> elements
    []
    """
    if letter in "G-":
        return
    if letter.isupper():
        if (letter in "PI" and len(elements) > floor and elements[-1] == letter) or (
            letter in "EF" and len(elements) > floor and elements[-1] in "EF"
        ):
            elements.pop()
        elements.append(letter)
        return
    wanted = letter.upper()
    for position in range(len(elements) - 1, floor - 1, -1):
        if elements[position] == wanted:
            del elements[position:]
            return
        if elements[position] == "T" and wanted not in "T":
            return


def kind_within(
    elements: list[str], item_kind: PassageKind | None, floor: int, paragraph: str
) -> PassageKind | Literal["dropped"]:
    """What text is in these elements, in a list item of that kind (those from `floor` on are in it), in `p` or `pre`.

    >>> kind_within([], None, 0, "p"), kind_within(["D"], None, 0, ""), kind_within(["D"], "list_item", 1, "")
    ('paragraph', 'dropped', 'list_item')
    """
    if "T" in elements or "X" in elements:
        return DROPPED
    inner = elements[floor:] if item_kind else elements
    if item_kind is not None:
        if not inner:
            return item_kind
    elif paragraph == "pre":
        return DROPPED
    elif paragraph == "p":
        inner = [*inner, "P"]
    for letter in reversed(inner):
        if letter == "P":
            return "quote" if "B" in elements else "paragraph"
        if letter == "B":
            return "quote"
        if letter == "I":
            return "list_item"
        if letter in "EF":
            return "term" if letter == "E" else "definition"
        if letter in "DHCR":
            return DROPPED
    return item_kind or "paragraph"

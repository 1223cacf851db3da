"""Short neighbouring passages put together into one row."""

from collections.abc import Hashable, Iterator, Sequence


def pack(keys: Sequence[Hashable], lengths: Sequence[int], *, limit: int) -> Iterator[tuple[int, int]]:
    """Ranges (half-open) of neighbours with the same key whose lengths add up to at most `limit`; greedy, in order.

    `lengths` count tokens without `<s>` and `</s>`. A row that is longer than the limit stays alone.

    >>> list(pack(["lead", "lead", "lead", "history"], [40, 50, 60, 10], limit=100))
    [(0, 2), (2, 3), (3, 4)]
    """
    start = total = 0
    for at, (key, length) in enumerate(zip(keys, lengths, strict=True)):
        if at > start and (key != keys[start] or total + length > limit):
            yield start, at
            start, total = at, 0
        total += length
    if len(keys) > start:
        yield start, len(keys)

"""Every choice of the generator is a keyed digest of a stable key: never `hash()`, a global seed or the clock."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def number(*key: object) -> int:
    """A 64-bit number that depends on the parts of `key` alone.

    >>> number(1, "en", "Q42") == number(1, "en", "Q42"), number(1, "en", "Q42") == number(1, "en", "Q43")
    (True, False)
    """
    text = "\x1f".join(map(str, key))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def fraction(*key: object) -> float:
    """`number` scaled to [0, 1).

    >>> 0.0 <= fraction("any", "key") < 1.0
    True
    """
    return number(*key) / 2.0**64


def pick(options: Sequence[T], *key: object) -> T:
    """One of `options` (which must not be empty), by the digest of `key`.

    >>> pick(["a"], "any", "key")
    'a'
    """
    return options[number(*key) % len(options)]


def shuffled(items: Iterable[T], name: Callable[[T], object], *key: object) -> list[T]:
    """`items` in the order of the digests of (`key`, name of the item): each item's place in it is its own affair.

    >>> shuffled([3, 1, 2], str, "key") == shuffled([2, 3, 1], str, "key")
    True
    """
    return sorted(items, key=lambda item: (number(*key, name(item)), str(name(item))))

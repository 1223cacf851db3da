"""When two texts count as the same: their letters and digits agree."""

import hashlib
import unicodedata


class _Letters(dict[int, str | None]):
    """A table for `str.translate`, filled as characters come up: digits → 0, all but letters and their marks away."""

    def __missing__(self, code: int) -> str | None:
        kind = unicodedata.category(chr(code))
        value = "0" if kind[0] == "N" else chr(code) if kind[0] in "LM" else None
        self[code] = value
        return value


_LETTERS = _Letters()
_ASCII = bytes.maketrans(b"0123456789", b"0" * 10)
_ASCII_OTHERS = bytes(code for code in range(128) if not chr(code).isalnum())


def normalised(text: str) -> str:
    """The letters of a text without case, spaces and punctuation; every digit is 0 (lists and stubs made by bots).

    >>> normalised("Born in 1987,  in Rome!") == normalised("born in 2004 in ROME.")
    True
    """
    if text.isascii():  # the same, quicker
        return text.encode().lower().translate(_ASCII, _ASCII_OTHERS).decode()
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)


def text_digest(seed: int, text: str) -> int:
    """A 64-bit digest of the normalised text, keyed by the seed: decides a row's place in the shuffled shards.

    Near-duplicates have the same digest, so they meet in the same bucket and only one of them stays. A text without a
    letter is compared as it is.

    >>> text_digest(0, "Rome.") == text_digest(0, "rome"), text_digest(0, "Rome.") == text_digest(1, "Rome.")
    (True, False)
    """
    key = (seed % 2**64).to_bytes(8, "big")
    return int.from_bytes(hashlib.blake2b((normalised(text) or text).encode(), digest_size=8, key=key).digest(), "big")


def bucket_of(digest: int, bits: int) -> int:
    """The leading bits of a 64-bit digest.

    >>> bucket_of(0xC000_0000_0000_0000, 2), bucket_of(0xC000_0000_0000_0000, 0)
    (3, 0)
    """
    return digest >> (64 - bits)

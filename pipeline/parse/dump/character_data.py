"""XML as MediaWiki's exporter writes it → the texts that pieces of it stand for, without a parser of XML.

Entities are sought and replaced in all of the XML at once, by numpy: a chunk of a dump has thousands, and each would
cost Python more than the rest of its text.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
"""The exporter's. The last is replaced last where they are replaced one after the other."""
_WINDOW = 8
"""Bytes of a number that holds any entity; little-endian: its first byte is the lowest."""

# Of each entity, at the place of its second byte, as those differ: its bytes as a number, all bits of that number, how
# many bytes it has, and what it means. No window is 1 without any of its bits.
_NUMBERS, _BITS = np.ones(256, dtype=np.uint64), np.zeros(256, dtype=np.uint64)
_SIZES, _MEANINGS = np.zeros(256, dtype=np.int64), np.zeros(256, dtype=np.uint8)
for _entity, _meaning in ENTITIES.items():
    _second, _size = ord(_entity[1]), len(_entity)
    _NUMBERS[_second], _BITS[_second] = int.from_bytes(_entity.encode(), "little"), (1 << 8 * _size) - 1
    _SIZES[_second], _MEANINGS[_second] = _size, ord(_meaning)

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


def character_data(xml: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[str] | None:
    r"""The texts of the pieces `xml[start:end]`, ascending; None where `xml` may not be as the exporter writes it.

    In all of `xml` there must be no entity but `&lt; &gt; &quot; &amp;`, no `]]>`, no carriage return and no character
    that XML forbids; the pieces must be valid UTF-8. Tags are not sought.

    >>> character_data(b"<a>1 &lt; 2</a><b>&amp;lt;</b>", [3, 18], [11, 26])
    ['1 < 2', '&lt;']
    >>> [character_data(xml, [0], [1]) for xml in (b"a&eacute;", b"a ]]>", b"a\x01", "a\uffff".encode(), b"\xe9")]
    [None, None, None, None, None]
    """
    codes = np.frombuffer(xml, dtype=np.uint8)
    windows: Numbers = np.ndarray(len(xml), dtype="<u8", buffer=xml + bytes(_WINDOW), strides=(1,))
    if not _is_allowed(xml, codes, windows):
        return None
    places = np.flatnonzero(codes == ord("&"))
    if len(places):
        found = windows[places]
        kinds = (found >> 8).astype(np.uint8)
        if np.any(found & _BITS[kinds] != _NUMBERS[kinds]):
            return None
        sizes = _SIZES[kinds]
        xml = _without_entities(codes, places, sizes, _MEANINGS[kinds])
        removed = np.concatenate(([0], np.cumsum(sizes - 1)))
        starts, ends = ((at - removed[np.searchsorted(places, at)]).tolist() for at in map(np.array, (starts, ends)))
    try:
        return [xml[start:end].decode() for start, end in zip(starts, ends, strict=True)]
    except UnicodeDecodeError:
        return None


def _is_allowed(xml: bytes, codes: Bytes, windows: Numbers) -> bool:
    """Whether there is no `]]>`, no control character but tab and line feed, and neither U+FFFE nor U+FFFF."""
    if np.any((codes[1:] == ord(">")) & (codes[:-1] == ord("]"))) and b"]]>" in xml:
        return False
    beyond_tab = codes - np.uint8(ord("\t"))  # 0 a tab, 1 a line feed; what is below a tab becomes 247 and more
    if np.any((codes < ord(" ")) & (beyond_tab > 1)):
        return False
    if b"\xef" not in xml:
        return True
    begins = windows[np.flatnonzero(codes == 0xEF)]
    return not np.any(begins & 0xFEFFFF == 0xBEBFEF)  # EF BF BE and EF BF BF


def _without_entities(codes: Bytes, places: Places, sizes: Places, meanings: Bytes) -> bytes:
    """The bytes with each entity's meaning in the place of its ampersand, and nothing in the place of its rest."""
    codes, kept = codes.copy(), np.ones(len(codes), dtype=np.bool_)
    codes[places] = meanings
    for further in range(1, 4):  # all have four bytes
        kept[places + further] = False
    for further in range(4, int(_SIZES.max())):
        kept[places[sizes > further] + further] = False
    return codes[kept].tobytes()

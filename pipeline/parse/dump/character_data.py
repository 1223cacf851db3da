"""A piece of a dump's XML → the text that it stands for, without a parser of XML."""

import re

import numpy as np

_ENTITY = re.compile(b"&(lt;|gt;|quot;|amp;|)")
_MEANING = {b"lt;": b"<", b"gt;": b">", b"quot;": b'"', b"amp;": b"&"}.__getitem__
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def without_forbidden(data: bytes) -> bool:
    r"""Whether UTF-8 has no carriage return and no character that XML forbids.

    >>> without_forbidden("a\tb\n\u65e5".encode()), without_forbidden(b"a\x01"), without_forbidden("\uffff".encode())
    (True, False, False)
    """
    codes = np.frombuffer(data, dtype=np.uint8)
    allowed = np.count_nonzero(codes == ord("\n")) + np.count_nonzero(codes == ord("\t"))
    if np.count_nonzero(codes < ord(" ")) != allowed:
        return False
    return b"\xef" not in data or not any(one in data for one in _NO_CHARACTERS)


def character_data(data: bytes) -> str | None:
    """The text that a piece of XML stands for, if it is as MediaWiki's exporter writes it; None where it may be not.

    Only `&lt; &gt; &quot; &amp;`; no `]]>`; valid UTF-8. Tags and what `without_forbidden` asks for are not sought.

    >>> character_data(b"a &lt; b &amp;lt;"), character_data(b"&eacute;")
    ('a < b &lt;', None)
    """
    if b">" in data and b"]]>" in data:
        return None
    if b"&" in data:
        parts = _ENTITY.split(data)  # text and entity in turns: half the time of a substitution that calls back
        try:
            parts[1::2] = map(_MEANING, parts[1::2])
        except KeyError:  # an ampersand of another entity, or of none
            return None
        data = b"".join(parts)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None

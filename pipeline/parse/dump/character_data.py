"""A piece of a dump's XML → the text that it stands for, without a parser of XML."""

import re

_ENTITY = re.compile(b"&(lt|gt|quot|amp);")
_MEANINGS = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"amp": b"&"}
_FORBIDDEN = bytes((*range(9), *range(11, 32)))
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def character_data(data: bytes, start: int, end: int) -> str | None:
    """The text that a piece of XML stands for, if it is as MediaWiki's exporter writes it; None where it may be not.

    Only `&lt; &gt; &quot; &amp;`; no `<`, `]]>` or carriage return, no character that XML forbids; valid UTF-8.

    >>> character_data(b"a &lt; b &amp;lt;", 0, 17), character_data(b"&eacute;", 0, 8)
    ('a < b &lt;', None)
    """
    text = data[start:end]
    if b"<" in text or (b">" in text and b"]]>" in text) or len(text.translate(None, _FORBIDDEN)) != len(text):
        return None
    if b"\xef" in text and any(one in text for one in _NO_CHARACTERS):
        return None
    if b"&" in text:
        parts = _ENTITY.split(text)  # text and entity in turns: half the time of a substitution that calls back
        if len(parts) // 2 != text.count(b"&"):
            return None  # an ampersand of another entity, or of none
        parts[1::2] = map(_MEANINGS.__getitem__, parts[1::2])
        text = b"".join(parts)
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None

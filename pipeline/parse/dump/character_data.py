"""A piece of a dump's XML → the text that it stands for, without a parser of XML."""

_ENTITIES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&amp;", b"&"))
"""The ampersand last, so that nothing is decoded twice."""
_FORBIDDEN = bytes((*range(9), *range(11, 32)))
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def character_data(data: bytes, start: int, end: int) -> str | None:
    """The text that a piece of XML stands for, if it is as MediaWiki's exporter writes it; None where it may be not.

    Only `&lt; &gt; &quot; &amp;`; no `<`, `]]>` or carriage return, no character that XML forbids; valid UTF-8.

    >>> character_data(b"a &lt; b &amp;lt;", 0, 17), character_data(b"&eacute;", 0, 8)
    ('a < b &lt;', None)
    """
    text = data[start:end]
    if b"<" in text or b"]]>" in text or len(text.translate(None, _FORBIDDEN)) != len(text):
        return None
    if b"\xef\xbf" in text and any(one in text for one in _NO_CHARACTERS):
        return None
    others = text.count(b"&")
    if others:
        for name, char in _ENTITIES:
            meant = text.replace(name, char)
            others -= (len(text) - len(meant)) // (len(name) - 1)
            text = meant
        if others:
            return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None

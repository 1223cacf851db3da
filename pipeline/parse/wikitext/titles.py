"""Title normalisation as MediaWiki's title codec does it: what a link target means in a wiki."""

import functools
import re
import unicodedata
from html.entities import html5
from typing import NamedTuple

from pipeline.languages.site import Site
from pipeline.records import new_row

MAX_TITLE_BYTES = 255
"""Longest title without namespace in UTF-8 bytes (512 in namespace Special)."""

_ENTITY = re.compile(r"&(?:#([0-9]{1,20})|#[xX]([0-9A-Fa-f]{1,20})|([A-Za-z][A-Za-z0-9]*|רלמ|رلم));")
_VALID_CODES = ((0x20, 0x7E), (0xA0, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""Code points that a numeric reference may name (MediaWiki's Sanitizer::validateCodepoint); others stay text."""
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e]")
_SPACES = re.compile("[ _\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_ILLEGAL = re.compile(
    r"[\x00-\x1f\x7f<>\[\]{}|\ufffd]|%[0-9A-Fa-f]{2}|&[A-Za-z0-9\u0080-\U0010ffff]+;|&#[0-9]+;|&#x[0-9A-Fa-f]+;"
)
_SUSPECT = re.compile(r"[\x00-\x1f\x7f<>\[\]{}|\ufffd%&]")
"""A character without which nothing of the above is there."""
_MARKED = "\x00-\x1f\x7f#%&/:<>\\[\\]_{|}~\u00a0\u1680\u180e\u2000-\u200a\u200e\u200f\u2028-\u202f\u205f\u3000\ufffd"
"""Characters that a title may mean something else with, or that it cannot have."""
PLAIN_CHAR = f"[^{_MARKED}]"
"""A character that a title can only mean itself with; spaces that are single and at no end are among them."""
NO_FIRST = f" .{_MARKED}"
"""Those and what a title cannot begin with."""
PLAIN_TITLE = re.compile(f"[^{NO_FIRST}]{PLAIN_CHAR}*+(?<! )")
"""A title of such characters, if no two spaces of it stand together: see `is_plain`."""
PLAIN_CHARS = MAX_TITLE_BYTES // 4
"""A text of so many characters that matches as a whole is a title of namespace 0, save for its first letter."""


class Title(NamedTuple):
    """A normalised title: `text` is without namespace and fragment, with spaces; `interwiki` is None for this wiki."""

    ns: int
    text: str
    fragment: str | None
    interwiki: str | None


def decode_entities(text: str) -> str:
    """Character references as MediaWiki reads them: only with a semicolon, only known names.

    >>> decode_entities("R&amp;D &eacute; &#8364; &bogus; &copy")
    'R&D é € &bogus; &copy'
    """
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name is not None:
        return "\u200f" if name in ("רלמ", "رلم") else html5.get(name + ";", found[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code in (9, 10) or any(first <= code <= last for first, last in _VALID_CODES):
        return chr(code)
    return found[0]


@functools.lru_cache(maxsize=4096)
def _upper(letter: str, dotted_i: bool) -> str:
    if letter == "i" and dotted_i:
        return "İ"
    upper = letter.upper()
    if len(upper) != 1 or "ა" <= letter <= "ჿ":
        return letter
    return upper


@functools.lru_cache(maxsize=4)
def capital_letters(case_sensitive: bool, dotted_i: bool) -> str:
    """What each of the first 65,536 characters is at the beginning of a title: a table, made once.

    >>> letters = capital_letters(case_sensitive=False, dotted_i=True)
    >>> [letters[ord(letter)] for letter in "aiя日"]
    ['A', 'İ', 'Я', '日']
    """
    chars = map(chr, range(0x10000))
    if case_sensitive:
        return "".join(chars)
    return "".join([char if char.upper() == char else _upper(char, dotted_i) for char in chars])


def upper_first(text: str, site: Site) -> str:
    """The text with the first letter as MediaWiki capitalises it: one letter stays one letter.

    >>> from pipeline.languages.site import bundled_site
    >>> [upper_first(word, bundled_site("tr")) for word in ("istanbul", "ısı", "ßx", "ǆx")]
    ['İstanbul', 'Isı', 'ßx', 'Ǆx']
    """
    first = text[:1]
    if "A" <= first <= "Z" or not first:
        return text
    return _upper(first, site.dotted_i) + text[1:]


def capitalized(title: str, site: Site) -> str:
    """A title of namespace 0 with its first letter as the wiki has it.

    >>> from pipeline.languages.site import bundled_site
    >>> capitalized("haus", bundled_site("de"))
    'Haus'
    """
    return title if site.case_sensitive else upper_first(title, site)


def is_plain(text: str) -> bool:
    """Whether a text is a title of namespace 0 as it stands, save for its first letter.

    >>> [is_plain(text) for text in ("freie Stadt", "Bild:a.png", "a_b", "a  b", "A#b", "..", " a")]
    [True, False, False, False, False, False, False]
    """
    return (
        len(text) <= PLAIN_CHARS
        and ":" not in text  # what most others have
        and PLAIN_TITLE.fullmatch(text) is not None
        and "  " not in text
    )


def normalize_title(text: str, site: Site) -> Title | None:
    """What a link target means; None where MediaWiki calls it invalid.

    Nine of ten links are titles as they stand, and none of what is looked for otherwise can be in them.

    >>> from pipeline.languages.site import bundled_site
    >>> site = bundled_site("de")
    >>> normalize_title("  straße_von&nbsp;X#Ab_satz", site)
    Title(ns=0, text='Straße von X', fragment='Ab satz', interwiki=None)
    >>> normalize_title("Bild:a.png", site)
    Title(ns=6, text='A.png', fragment=None, interwiki=None)
    >>> normalize_title(":en:Foo", site), normalize_title("a|b", site)
    (Title(ns=0, text='Foo', fragment=None, interwiki='en'), None)
    """
    if is_plain(text):
        return new_row(Title, (0, capitalized(text, site), None, None))
    key = text
    if "&" in key:
        key = unicodedata.normalize("NFC", decode_entities(key))
    key = _single_spaces(key).strip(" ")
    namespace = 0
    interwiki = None
    if key.startswith(":"):
        key = key[1:].strip(" ")
    if not key:
        return None
    for _ in range(2):
        prefix, colon, rest = _prefix(key)
        if not colon:
            break
        lower = prefix.lower()
        number = site.namespaces.get(lower)
        if number is not None:
            key, namespace = rest, number
            if namespace == 1 and _talk_of_namespace(rest, site):
                return None
            break
        if lower in site.local_interwiki and interwiki is None:
            key = rest
            if not key:
                return None
            if key.startswith(":"):
                key = key[1:].strip(" ")
                break
            continue
        if lower in site.interlanguage or lower in site.interwiki:
            key, interwiki = rest, lower
            if key.startswith(":"):
                key = key[1:].strip(" ")
        break
    return _checked(key, namespace, interwiki, site)


def _single_spaces(text: str) -> str:
    """Underscores and all kinds of spaces as one space, marks of direction as nothing."""
    if not text.isprintable():  # all of them but the space and the underscore are not
        return _SPACES.sub(" ", _BIDI.sub("", text))
    if "_" in text:
        text = text.replace("_", " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _prefix(key: str) -> tuple[str, str, str]:
    """What stands before a first colon that does not begin the text, the colon, and the rest; without it nothing.

    >>> _prefix("File : a:b"), _prefix("a"), _prefix(":a:b")
    (('File', ':', 'a:b'), ('', '', ''), (':a', ':', 'b'))
    """
    colon = key.find(":", 1)
    if colon < 0:
        return "", "", ""
    return key[:colon].rstrip(" "), ":", key[colon + 1 :].lstrip(" ")


def _talk_of_namespace(rest: str, site: Site) -> bool:
    """`Talk:File:x` is invalid: the second prefix would be a namespace or another wiki."""
    prefix = _prefix(rest)[0].lower()
    return prefix in site.namespaces or prefix in site.interlanguage or prefix in site.interwiki


def _checked(key: str, namespace: int, interwiki: str | None, site: Site) -> Title | None:
    """Takes the fragment off and refuses what no title can be."""
    if is_plain(key):
        return new_row(Title, (namespace, _begun(key, namespace, interwiki, site), None, interwiki))
    fragment: str | None = None
    if "#" in key:
        key, _, fragment = key.partition("#")
        key = key.rstrip(" ")
    if _SUSPECT.search(key) and _ILLEGAL.search(key):
        return None
    if "." in key and (
        key in (".", "..")
        or key.startswith(("./", "../"))
        or "/./" in key
        or "/../" in key
        or key.endswith(("/.", "/.."))
    ):
        return None
    if "~~~" in key or key.startswith(":"):
        return None
    if len(key) * 4 > MAX_TITLE_BYTES and len(key.encode("utf-8", "surrogatepass")) > (
        512 if namespace == -1 else MAX_TITLE_BYTES
    ):
        return None
    if not key and (namespace != 0 or (interwiki is None and fragment is None)):
        return None
    return new_row(Title, (namespace, _begun(key, namespace, interwiki, site), fragment or None, interwiki))


def _begun(key: str, namespace: int, interwiki: str | None, site: Site) -> str:
    """The title with its first letter as the wiki has it."""
    return key if interwiki is not None or (site.case_sensitive and namespace != 2) else upper_first(key, site)


def full_text(title: Title, site: Site) -> str:
    """The title with its namespace's local name and without fragment.

    >>> from pipeline.languages.site import bundled_site
    >>> full_text(Title(14, "X", None, None), bundled_site("de"))
    'Kategorie:X'
    """
    if title.ns == 0:
        return title.text
    return f"{site.namespace_titles.get(title.ns, title.ns)}:{title.text}"

"""Whether a file is in the language it is said to be in: by its name, its own fields, or the script of its text."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_SCRIPTS: dict[str, frozenset[str]] = {
    script: frozenset(codes.split())
    for script, codes in {
        "ARABIC": "ar arz fa ur ps ckb sd ug pnb",
        "DEVANAGARI": "hi mr ne bho mai sa",
        "CYRILLIC": "ru uk bg be be-tarask mk kk ky mn tg tt ba",
        "GREEK": "el",
        "THAI": "th",
        "HEBREW": "he yi",
        "BENGALI": "bn as",
        "TAMIL": "ta",
        "TELUGU": "te",
        "KANNADA": "kn",
        "MALAYALAM": "ml",
        "GUJARATI": "gu",
        "GURMUKHI": "pa",
        "GEORGIAN": "ka",
        "ARMENIAN": "hy",
        "HANGUL": "ko",
        "ETHIOPIC": "am ti",
        "KHMER": "km",
        "MYANMAR": "my",
        "LAO": "lo",
        "SINHALA": "si",
        "CJK": "zh zh-yue yue ja lzh",
        "LATIN": """en de fr es it pt nl sv da no nb nn fi et hu pl cs sk sl hr ro tr vi id ms sw yo ha ig rw lg luo wo
            eu ca gl lt lv sq af tl jv simple""",
    }.items()
}
"""Script (first word of its characters' Unicode names) → languages mostly written in it (CLDR, likely subtags)."""

_SCRIPT_OF = {code: script for script, codes in _SCRIPTS.items() for code in codes}
_KANA = ("HIRAGANA", "KATAKANA")
SAMPLE_CHARACTERS = 20_000


def main_script(text: str) -> str | None:
    """The script of most letters; None without letters.

    >>> main_script("Berlin ist die Hauptstadt"), main_script("東京は"), main_script("123")
    ('LATIN', 'CJK', None)
    """
    counts = Counter(
        "CJK" if word in _KANA else word
        for word in (unicodedata.name(char, "?").split()[0] for char in text[:SAMPLE_CHARACTERS] if char.isalpha())
    )
    return counts.most_common(1)[0][0] if counts else None


def languages_in_name(path: Path) -> tuple[str, str] | None:
    """(context language, question language) if the file's name says so.

    >>> languages_in_name(Path("dev-context-de-question-en.json.gz")), languages_in_name(Path("xquad.zh.json.gz"))
    (('de', 'en'), ('zh', 'zh'))
    >>> languages_in_name(Path("predictions.json"))
    """
    pair = re.search(r"context-([a-z]{2,3})-question-([a-z]{2,3})\b", path.name)
    if pair:
        return pair[1], pair[2]
    for part in re.split(r"[._\-]", path.name.lower())[::-1]:
        if part in _SCRIPT_OF:
            return part, part
    return None


def language_warnings(path: Path, lang: str, texts: Iterable[str], *, declared: str | None = None) -> list[str]:
    """What speaks against `lang` as the language of the texts of a file.

    `declared` is the language that a field inside the file gives, if there is one.

    >>> for line in language_warnings(Path("dev-zh.tsv"), "de", ["他说，妈妈，我回来了。"]):
    ...     print(line)
    dev-zh.tsv: given as 'de', but its name says 'zh'
    dev-zh.tsv: given as 'de', but its text is mostly in CJK script, not LATIN
    """
    found = []
    named = languages_in_name(path)
    if named and named[0] != lang:
        found.append(f"{path.name}: given as {lang!r}, but its name says {named[0]!r}")
    if declared is not None and declared != lang:
        found.append(f"{path.name}: given as {lang!r}, but its content says {declared!r}")
    sample: list[str] = []
    size = 0
    for text in texts:
        sample.append(text)
        size += len(text)
        if size >= SAMPLE_CHARACTERS:
            break
    script, expected = main_script(" ".join(sample)), _SCRIPT_OF.get(lang)
    if script and expected and script != expected:
        found.append(f"{path.name}: given as {lang!r}, but its text is mostly in {script} script, not {expected}")
    return found

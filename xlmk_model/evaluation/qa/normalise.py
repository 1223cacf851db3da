"""How answers are compared: MLQA's rules for its seven languages, SQuAD 1.1's for data sets that are scored with them.

Source of the rules: the evaluation scripts published with MLQA (Lewis et al. 2020, arXiv 1910.07475) and SQuAD 1.1
(Rajpurkar et al. 2016); published figures depend on every detail of them, also the odd ones.
"""

import re
import string
import sys
import unicodedata
from functools import cache
from typing import Literal

from pipeline.errors import ConfigError

Rules = Literal["mlqa", "squad"]

_ARTICLES = {
    "en": "a an the",
    "es": "un una unos unas el la los las",
    "vi": "của là cái chiếc những",
    "de": "ein eine einen einem eines einer der die das den dem des",
}
MLQA_LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")
_WORD_PATTERNS = {lang: re.compile(rf"\b(?:{'|'.join(words.split())})\b") for lang, words in _ARTICLES.items()}
_ARABIC_ARTICLE = "ال"
"""Removed wherever it stands, also inside a word: that is what the published pattern does."""
_HAN_FIRST, _HAN_LAST = "\u4e00", "\u9fa5"


@cache
def _mlqa_punctuation() -> frozenset[str]:
    by_category = (chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code))[0] == "P")
    return frozenset(by_category) | frozenset(string.punctuation)


@cache
def _deletions(rules: Rules) -> dict[int, None]:
    marks = _mlqa_punctuation() if rules == "mlqa" else frozenset(string.punctuation)
    return {ord(mark): None for mark in marks}


def _without_articles(text: str, lang: str) -> str:
    if lang == "ar":
        return text.replace(_ARABIC_ARTICLE, " ")
    return _WORD_PATTERNS[lang].sub(" ", text) if lang in _WORD_PATTERNS else text


def _mixed_segments(text: str) -> list[str]:
    """Each Han character on its own, everything between them by white space."""
    spaced = "".join(f" {char} " if _HAN_FIRST <= char <= _HAN_LAST else char for char in text)
    return spaced.split()


def rules_for(lang: str) -> Rules:
    """The rules for a language by default: MLQA's where MLQA has the language, else SQuAD's, as XQuAD and TyDi use.

    >>> rules_for("vi"), rules_for("fi")
    ('mlqa', 'squad')
    """
    return "mlqa" if lang in MLQA_LANGUAGES else "squad"


def normalised_tokens(text: str, *, lang: str, rules: Rules) -> list[str]:
    """The tokens that F1 counts and that, joined by spaces, exact match compares.

    Lower case → punctuation removed → articles replaced by a space → split. With `squad` the articles are English
    whatever `lang` is. Raises ConfigError for `mlqa` and a language that MLQA does not have.

    >>> normalised_tokens("The Eiffel-Tower!", lang="en", rules="mlqa")
    ['eiffeltower']
    >>> normalised_tokens("約 308分", lang="zh", rules="mlqa")
    ['約', '308', '分']
    >>> [normalised_tokens("„die Ostsee“", lang="de", rules=rules) for rules in ("mlqa", "squad")]
    [['ostsee'], ['„die', 'ostsee“']]
    """
    lowered = text.lower().translate(_deletions(rules))
    if rules == "squad":
        return _without_articles(lowered, "en").split()
    if lang not in MLQA_LANGUAGES:
        raise ConfigError(
            f"MLQA has no rules for answers in {lang!r}; its languages are {', '.join(MLQA_LANGUAGES)}",
            next_step="--normalisation squad",
        )
    plain = _without_articles(lowered, lang)
    return _mixed_segments(plain) if lang == "zh" else plain.split()

"""Codes of Wikipedias and of Wikidata's languages, and how they map.

A Wikipedia has a code (`no`, `zh-yue`, the subdomain), a database name (`nowiki`, `zh_yuewiki`) and a Wikidata language
(`nb`, `yue`). Sources: Wikimedia's `$wgLanguageCode`/dblists conventions as seen in real dumps' `<dbname>`, and the
language codes that Wikidata accepts for labels.
"""

import re

from pipeline.errors import ConfigError

_WIKIDATA_CODE = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "bh": "bho",
    "cbk-zam": "cbk-zam",
    "fiu-vro": "vro",
    "no": "nb",
    "roa-rup": "rup",
    "simple": "en",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""Wikipedia code → Wikidata language code where they differ."""

_CODE_OF_DBNAME = {"be_x_old": "be-tarask"}
"""Database prefix → Wikipedia code where more than `_` → `-` changed."""
_DBNAME_OF_CODE = {code: prefix for prefix, code in _CODE_OF_DBNAME.items()}

_NO_WIKIPEDIA = frozenset(
    """commons wikidata species meta incubator media mediawiki wikimania sources outreach strategy foundation test test2
    testwikidata quality nostalgia usability ten login donate vote advisory chair checkuser steward ombudsmen
    wikimaniateam board office internal exec grants search spcom transitionteam techconduct wikifunctions api labs
    thankyou legalteam projectcom auditcom electcom fdc iegcom otrs_ vrt_""".split()
)
"""Prefixes of `…wiki` database names that are no Wikipedia."""

_VARIANTS: dict[str, tuple[str, ...]] = {
    "en": ("en-gb", "en-ca", "en-us"),
    "de": ("de-at", "de-ch"),
    "pt": ("pt-br",),
    "es": ("es-419",),
    "zh": ("zh-hans", "zh-cn", "zh-sg", "zh-my", "zh-hant", "zh-tw", "zh-hk", "zh-mo"),
    "sr": ("sr-ec", "sr-el"),
    "kk": ("kk-cyrl", "kk-latn", "kk-arab", "kk-kz", "kk-tr", "kk-cn"),
    "ku": ("ku-latn", "ku-arab"),
    "tg": ("tg-cyrl", "tg-latn"),
    "uz": ("uz-cyrl", "uz-latn"),
    "tt": ("tt-cyrl", "tt-latn"),
    "ug": ("ug-arab", "ug-latn"),
    "iu": ("ike-cans", "ike-latn"),
    "crh": ("crh-latn", "crh-cyrl"),
    "gan": ("gan-hant", "gan-hans"),
    "nb": ("no",),
    "be-tarask": ("be-x-old",),
    "ms": ("ms-arab",),
    "sh": ("sh-latn", "sh-cyrl"),
    "nan": ("nan-latn-pehoeji", "nan-latn-tailo", "nan-hant", "nan-latn", "zh-min-nan"),
    "yue": ("yue-hant", "yue-hans", "zh-yue"),
    "lzh": ("zh-classical",),
    "gsw": ("als",),
    "vro": ("fiu-vro",),
    "sgs": ("bat-smg",),
    "rup": ("roa-rup",),
    "bho": ("bh",),
}
"""Wikidata language → the codes that count as that language, best first, after the language itself."""

_CODE = re.compile(r"[a-z]{2,12}(?:-[a-z0-9]{2,12}){0,3}")


def check_language(code: str) -> str:
    """The code itself, if it has the form of a Wikipedia code.

    >>> check_language("be-tarask")
    'be-tarask'

    Raises ConfigError otherwise, e.g. for `english`-like words with capitals, paths or database names.
    """
    if not _CODE.fullmatch(code):
        raise ConfigError(
            f"{code!r} is not a language code: expected a Wikipedia's code such as 'en', 'no' or 'zh-yue'",
            next_step="use the part of the Wikipedia's address before '.wikipedia.org'",
        )
    return code


def wikidata_language(lang: str) -> str:
    """The Wikidata language of a Wikipedia.

    >>> [wikidata_language(code) for code in ("it", "no", "simple", "zh-yue")]
    ['it', 'nb', 'en', 'yue']
    """
    return _WIKIDATA_CODE.get(lang, lang)


def language_variants(wikidata_lang: str) -> tuple[str, ...]:
    """The Wikidata codes that count as this language, itself first.

    >>> language_variants("de")
    ('de', 'de-at', 'de-ch')
    """
    return (wikidata_lang, *_VARIANTS.get(wikidata_lang, ()))


def wikipedia_of_dbname(dbname: str) -> str | None:
    """The Wikipedia code of a database name such as a sitelink's key; None where it is no Wikipedia.

    >>> [wikipedia_of_dbname(name) for name in ("itwiki", "zh_yuewiki", "be_x_oldwiki", "commonswiki", "itwikiquote")]
    ['it', 'zh-yue', 'be-tarask', None, None]
    """
    if not dbname.endswith("wiki"):
        return None
    prefix = dbname[: -len("wiki")]
    if not prefix or prefix in _NO_WIKIPEDIA:
        return None
    code = _CODE_OF_DBNAME.get(prefix, prefix.replace("_", "-"))
    return code if _CODE.fullmatch(code) else None


def dbname_of_wikipedia(lang: str) -> str:
    """The database name of a Wikipedia.

    >>> [dbname_of_wikipedia(code) for code in ("it", "be-tarask", "zh-min-nan")]
    ['itwiki', 'be_x_oldwiki', 'zh_min_nanwiki']
    """
    return _DBNAME_OF_CODE.get(lang, lang.replace("-", "_")) + "wiki"

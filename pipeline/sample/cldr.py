"""What the sample world takes from CLDR through `babel`: names, and which country has which language.

Names: Unicode CLDR, Unicode License v3. A locale that has no name for a zone's city uses the last part of its
id, as CLDR's own rule for exemplar cities says ("Europe/Berlin" → "Berlin").
"""

import re
from functools import cache
from typing import cast

from babel import Locale, localedata
from babel.core import get_global

_PARENTHESIS = re.compile(r"\s*[(（].*[)）]\s*$")
_BAD_IN_TITLE = re.compile(r"[#<>\[\]|{}_()/:（）]| - |\d")
_OFFICIAL = {"official", "de_facto_official"}
USED_PERCENT = 12.0
"""A language spoken by at least this share of a country's people, in percent, counts as used there (P2936)."""


@cache
def _locale(cldr: str) -> Locale:
    return Locale.parse(cldr, sep="_" if "_" in cldr else "-")


@cache
def name(cldr: str, kind: str, code: str) -> str | None:
    """The name of an entity of `kind` in the CLDR locale `cldr`, or None where CLDR has none that can be a title.

    >>> name("de", "country", "FR"), name("ja", "language", "fr"), name("en", "city", "Europe/Rome")
    ('Frankreich', 'フランス語', 'Rome')
    """
    locale = _locale(cldr)
    if kind == "city":
        zone = cast(dict[str, dict[str, str]], locale._data["time_zones"]).get(code, {})
        found = zone.get("city") or code.rpartition("/")[2].replace("_", " ")
    else:
        tables = {"language": locale.languages, "currency": locale.currencies, "script": locale.scripts}
        found = tables.get(kind, locale.territories).get(code)
    if found is None:
        return None
    found = _PARENTHESIS.sub("", found).replace("\xa0", " ").replace("\u2019", "'").strip()
    return None if not found or _BAD_IN_TITLE.search(found) else found


def languages_of(country: str) -> tuple[list[str], list[str]]:
    """Codes of the official languages of a country, and of those widely used without being official, most spoken first.

    >>> languages_of("PT")
    (['pt'], ['en', 'fr'])
    """
    spoken = cast(dict[str, dict[str, object]], get_global("territory_languages").get(country, {}))
    order = sorted(spoken, key=lambda code: (-cast(float, spoken[code]["population_percent"]), code))
    official = [code for code in order if spoken[code]["official_status"] in _OFFICIAL]
    used = [c for c in order if c not in official and cast(float, spoken[c]["population_percent"]) >= USED_PERCENT]
    return official[:4], used[:3]


def currencies_of(country: str) -> list[str]:
    """Codes of the currencies that are tender in a country today.

    >>> currencies_of("DE")
    ['EUR']
    """
    rows = cast(list[tuple[str, object, object, bool]], get_global("territory_currencies").get(country, []))
    return [code for code, _start, end, tender in rows if end is None and tender][:2]


def script_and_country_of(language: str) -> tuple[str | None, str | None]:
    """The likely script and country of a language (CLDR's likely subtags).

    >>> script_and_country_of("ru")
    ('Cyrl', 'RU')
    """
    likely = cast(str | None, get_global("likely_subtags").get(language))
    parts = likely.split("_") if likely else []
    return (parts[1], parts[2]) if len(parts) == 3 else (None, None)


def zones_of(country: str) -> list[str]:
    """The time zones of a country, in CLDR's order.

    >>> zones_of("IT")
    ['Europe/Rome']
    """
    return list(cast(list[str], get_global("territory_zones").get(country, [])))


def own_names(kind: str, code: str) -> list[str]:
    """What the entity is called in its own language(s): the aliases and redirects of the sample world.

    >>> own_names("country", "DE"), own_names("language", "fr")
    (['Deutschland'], ['français'])
    """
    if kind == "language":
        locales = [code]
    elif kind == "country":
        locales = languages_of(code)[0][:2]
    else:
        return []
    found = [name(locale, kind, code) for locale in locales if _known(locale)]
    return [one for one in found if one is not None]


@cache
def _known(cldr: str) -> bool:
    return bool(localedata.exists(cldr))

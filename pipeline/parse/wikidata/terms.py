"""Labels, descriptions and aliases of the wanted languages, with the code that each was found under."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from pipeline.languages.codes import language_variants, wikidata_language
from pipeline.records import new_row

MUL = "mul"
"""Wikidata's language of names that hold in every language: labels and aliases, never descriptions."""


class WantedLanguage(NamedTuple):
    """A Wikipedia's code, its Wikidata code, and the Wikidata codes that count as it, best first."""

    lang: str
    wikidata_lang: str
    codes: tuple[str, ...]


class Terms(NamedTuple):
    """What an entity is called in one wanted language; the codes say where label and description were found."""

    language: WantedLanguage
    label: str | None
    description: str | None
    aliases: tuple[str, ...]
    label_lang: str | None
    description_lang: str | None


def wanted_languages(langs: tuple[str, ...]) -> tuple[WantedLanguage, ...]:
    """The languages in the order given, each once.

    >>> wanted_languages(("no", "it"))[0]
    WantedLanguage(lang='no', wikidata_lang='nb', codes=('nb', 'no'))
    """
    wanted = []
    for lang in dict.fromkeys(langs):
        code = wikidata_language(lang)
        wanted.append(WantedLanguage(lang, code, language_variants(code)))
    return tuple(wanted)


def all_codes(languages: tuple[WantedLanguage, ...]) -> tuple[str, ...]:
    """Every Wikidata code that counts, each once, `mul` and `en` included.

    >>> all_codes(wanted_languages(("de",)))
    ('de', 'de-at', 'de-ch', 'mul', 'en')
    """
    codes = [code for language in languages for code in language.codes]
    return tuple(dict.fromkeys([*codes, MUL, "en"]))


MUL_LANGUAGE = WantedLanguage(MUL, MUL, (MUL,))
ENGLISH = WantedLanguage("en", "en", ("en",))


Places = tuple[tuple[int, str], ...]
"""Where the values of a language may stand, best first: the field of the structs, and its Wikidata code."""


class TermPicker:
    """Picks each language's own value or else its first variant's, from the structs of `model.decoders`."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._fields = {code: field for field, code in enumerate(codes)}
        self._empty = (None,) * len(codes)
        self._of_languages: dict[tuple[WantedLanguage, ...], tuple[tuple[WantedLanguage, Places], ...]] = {}

    def pick(
        self, languages: tuple[WantedLanguage, ...], labels: Any, descriptions: Any, aliases: Any
    ) -> Iterator[Terms]:
        """The terms of each language that has any."""
        all_labels, all_descriptions, all_aliases = map(self._values, (labels, descriptions, aliases))
        for language, places in self._places(languages):
            label = label_lang = description = description_lang = None
            names: tuple[str, ...] = ()
            for field, code in places:
                term = all_labels[field]
                if term is not None and term.value.strip():
                    label, label_lang = term.value, code
                    break
            for field, code in places:
                term = all_descriptions[field]
                if term is not None and term.value.strip():
                    description, description_lang = term.value, code
                    break
            for field, _ in places:
                terms = all_aliases[field]
                if terms:
                    names = tuple(dict.fromkeys([term.value for term in terms if term.value.strip()]))
                    if names:
                        break
            if label or description or names:
                yield new_row(Terms, (language, label, description, names, label_lang, description_lang))

    def has(self, languages: tuple[WantedLanguage, ...], terms: Any) -> bool:
        """Whether any of the languages has a value."""
        found = self._values(terms)
        places = [place for _, places in self._places(languages) for place in places]
        return any(found[field] is not None and found[field].value.strip() for field, _ in places)

    def _values(self, terms: Any) -> tuple[Any, ...]:
        """The fields of the struct; none is set where there was an empty list in its place."""
        return self._empty if isinstance(terms, list) else msgspec.structs.astuple(terms)

    def _places(self, languages: tuple[WantedLanguage, ...]) -> tuple[tuple[WantedLanguage, Places], ...]:
        found = self._of_languages.get(languages)
        if found is None:
            found = tuple(
                (language, tuple((self._fields[code], code) for code in language.codes)) for language in languages
            )
            self._of_languages[languages] = found
        return found

"""Labels, descriptions and aliases of the wanted languages, with the code that each was found under."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeline.languages.codes import language_variants, wikidata_language

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


class TermPicker:
    """Picks each language's own value or else its first variant's, from the structs of `model.decoders`."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._fields = {code: f"t{n}" for n, code in enumerate(codes)}
        self._of_language: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def pick(
        self, languages: tuple[WantedLanguage, ...], labels: Any, descriptions: Any, aliases: Any
    ) -> Iterator[Terms]:
        """The terms of each language that has any."""
        for language in languages:
            label, label_lang = self._value(labels, language)
            description, description_lang = self._value(descriptions, language)
            names = self._names(aliases, language)
            if label or description or names:
                yield Terms(language, label, description, names, label_lang, description_lang)

    def has(self, languages: tuple[WantedLanguage, ...], terms: Any) -> bool:
        """Whether any of the languages has a value."""
        return any(self._value(terms, language)[0] for language in languages)

    def _places(self, language: WantedLanguage) -> tuple[tuple[str, str], ...]:
        """Where the values of a language may stand, best first: field of the structs and Wikidata code."""
        places = self._of_language.get(language.codes)
        if places is None:
            places = self._of_language[language.codes] = tuple((self._fields[code], code) for code in language.codes)
        return places

    def _value(self, terms: Any, language: WantedLanguage) -> tuple[str | None, str | None]:
        for field, code in self._places(language):
            term = getattr(terms, field, None)
            if term is not None and term.value.strip():
                return term.value, code
        return None, None

    def _names(self, aliases: Any, language: WantedLanguage) -> tuple[str, ...]:
        for field, _ in self._places(language):
            terms = getattr(aliases, field, None)
            if terms:
                names = tuple(dict.fromkeys([term.value for term in terms if term.value.strip()]))
                if names:
                    return names
        return ()

"""Labels, descriptions and aliases of the items, language by language, as Wikidata has them: `mul`, variants, gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pipeline.sample import cldr
from pipeline.sample.descriptions import descriptions
from pipeline.sample.digest import fraction, shuffled
from pipeline.sample.names import Names
from pipeline.sample.options import SampleOptions
from pipeline.sample.world import World

T = TypeVar("T")
MUL, VARIANT, ONLY_VARIANT = 0.12, 0.2, 0.02
"""Shares of the items: English label under `mul` instead; a label in a variant; a label in the variant alone."""
UNWANTED = {"vi": "vi", "pl": "pl"}
"""Languages that are always in the dump, wanted or not (Wikidata code → CLDR locale)."""


@dataclass(frozen=True)
class ItemTexts:
    """By Wikidata language code, then by qid."""

    labels: dict[str, dict[int, str]]
    descriptions: dict[str, dict[int, str]]
    aliases: dict[str, dict[int, list[str]]]


Terms = tuple[Mapping[str, str], Mapping[str, str], Mapping[str, list[str]]]


def terms(texts: ItemTexts, qid: int) -> Terms:
    """Labels, descriptions and aliases of one item, by language."""
    return (
        {lang: found[qid] for lang, found in texts.labels.items() if qid in found},
        {lang: found[qid] for lang, found in texts.descriptions.items() if qid in found},
        {lang: found[qid] for lang, found in texts.aliases.items() if qid in found},
    )


def item_texts(world: World, sites: Mapping[str, Names], options: SampleOptions) -> ItemTexts:
    """The texts of all entities, dealt to other items where `permute_items` asks for it."""
    labels: dict[str, dict[int, str]] = {}
    found: dict[str, dict[int, str]] = {}
    aliases: dict[str, dict[int, list[str]]] = {}
    for lang, cldr_lang in UNWANTED.items():
        if lang in sites:
            continue
        labels[lang] = {q: n for q, e in world.entities.items() if (n := cldr.name(cldr_lang, e.kind, e.code))}
    for names in sites.values():
        code = names.texts.wikidata
        labels[code] = dict(names.labels)
        found[code] = descriptions(names)
        aliases[code] = {qid: list(group) for qid, group in names.aliases.items()}
        for variant, locale in names.texts.variants.items():
            _add_variant(labels, code, variant, locale, world, options)
    if "en" in sites:
        _move_to_mul(labels, options)
    if options.permute_items:
        together = {variant: n.texts.wikidata for n in sites.values() for variant in n.texts.variants}
        for lang in list(labels):
            order = _order(world, options, "texts", together.get(lang, lang))
            labels[lang] = _dealt(labels[lang], order)
            found[lang] = _dealt(found.get(lang, {}), order)
            aliases[lang] = _dealt(aliases.get(lang, {}), order)
    return ItemTexts(labels, found, aliases)


def linked_titles(world: World, sites: Mapping[str, Names], options: SampleOptions) -> dict[str, dict[int, str]]:
    """By language of the Wikipedia, then by qid: the titles that sitelinks name, dealt anew if `permute_items`."""
    titles = {lang: {qid: names.titles[qid] for qid in names.articles} for lang, names in sites.items()}
    if not options.permute_items:
        return titles
    return {lang: _dealt(table, _order(world, options, "sitelinks", lang)) for lang, table in titles.items()}


def _order(world: World, options: SampleOptions, *key: object) -> list[int]:
    free = (qid for qid in world.entities if qid not in options.permute_fixed)
    return shuffled(free, int, options.seed, "permute", *key)


def _add_variant(
    labels: dict[str, dict[int, str]], code: str, variant: str, locale: str, world: World, options: SampleOptions
) -> None:
    labels[variant] = {}
    for qid, entity in world.entities.items():
        share = fraction(options.seed, "variant", variant, qid)
        name = cldr.name(locale, entity.kind, entity.code)
        if name is not None and share < VARIANT:
            labels[variant][qid] = name
            if share < ONLY_VARIANT:
                labels[code].pop(qid, None)


def _move_to_mul(labels: dict[str, dict[int, str]], options: SampleOptions) -> None:
    """Move some English labels to `mul`, and delete the labels in other languages that say the same."""
    labels["mul"] = {q: n for q, n in labels["en"].items() if fraction(options.seed, "mul", q) < MUL}
    for lang, found in labels.items():
        if lang != "mul":
            for qid in [q for q, name in labels["mul"].items() if found.get(q) == name]:
                del found[qid]


def _dealt(table: dict[int, T], order: list[int]) -> dict[int, T]:
    """Give each item in `order` what the next one had: one cycle, no fixed point; other items keep theirs.

    >>> _dealt({1: "a", 2: "b", 9: "z"}, [1, 2, 3])
    {9: 'z', 1: 'b', 3: 'a'}
    """
    members = set(order)
    dealt = {qid: text for qid, text in table.items() if qid not in members}
    for place, qid in enumerate(order):
        source = order[(place + 1) % len(order)]
        if source in table:
            dealt[qid] = table[source]
    return dealt

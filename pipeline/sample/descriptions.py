"""Descriptions for Wikidata: short, of the entity's class and facts, never with its own name in them."""

from pipeline.sample.digest import fraction, number, shuffled
from pipeline.sample.names import Names
from pipeline.sample.slots import fillings


def descriptions(names: Names) -> dict[int, str]:
    """Descriptions by qid in one language; some are missing, some only name the class and are shared by many.

    Each of the others is the first of the entity's possible descriptions, in the order of a digest, that no entity
    before it has; where all are taken it shares one. Facts are used whether or not the language's articles state them.
    """
    options, texts = names.options, names.texts
    taken: set[str] = set()
    found: dict[int, str] = {}
    for qid, label in names.labels.items():
        noun = texts.kinds[names.world.entities[qid].kind].noun
        share = fraction(options.seed, "description", texts.lang, qid)
        if share < options.missing_description_share:
            continue
        if share < options.missing_description_share + options.short_description_share:
            found[qid] = noun
            continue
        candidates = [text for text in _candidates(qid, names) if label not in text]
        free = [text for text in candidates if text not in taken]
        found[qid] = (free or candidates or [noun])[0]
        taken.add(found[qid])
    return found


def _candidates(qid: int, names: Names) -> list[str]:
    kind = names.world.entities[qid].kind
    templates = names.texts.kinds[kind].descriptions
    ordered = shuffled(templates, str, names.options.seed, names.texts.lang, qid)
    texts: list[tuple[int, str]] = []
    for template in ordered:
        for place, filling in enumerate(fillings(template, qid, names, stated_only=False)):
            words = {slot: names.labels[other] for slot, other in filling.items()}
            texts.append((place * 8 + number(qid, template) % 8, template.replace("^", "").format(**words)))
    return [text for _place, text in sorted(texts, key=lambda pair: pair[0])]

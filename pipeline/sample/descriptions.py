"""Descriptions for Wikidata: short, of the entity's class and facts, never with its own name in them."""

from typing import NamedTuple

from pipeline.sample.digest import fraction, number, shuffled
from pipeline.sample.names import Names
from pipeline.sample.slots import fillings


def descriptions(names: Names) -> dict[int, str]:
    """Descriptions by qid in one language; some are missing, some only name the class and are shared by many.

    Each of the others is the first of the entity's possible descriptions, in the order of a digest, that no entity
    before it has; where all are taken it shares one. Facts are used whether or not the language's articles state them.
    """
    options, texts = names.options, names.texts
    taken: set[object] = set()
    found: dict[int, str] = {}
    for qid, label in names.labels.items():
        noun = texts.kinds[names.world.entities[qid].kind].noun
        share = fraction(options.seed, "description", texts.lang, qid)
        if share < options.missing_description_share:
            continue
        if share < options.missing_description_share + options.short_description_share:
            found[qid] = noun
            continue
        candidates = [one for one in _candidates(qid, names) if label not in one.text]
        free = [one for one in candidates if one.meaning not in taken]
        chosen = next(iter(free or candidates), _Candidate(noun, noun))
        found[qid] = chosen.text
        taken.add(chosen.meaning)
    return found


class _Candidate(NamedTuple):
    """A description, and what makes it another's: its text, or with translated descriptions what it says."""

    text: str
    meaning: object


def _candidates(qid: int, names: Names) -> list[_Candidate]:
    kind = names.world.entities[qid].kind
    templates = names.texts.kinds[kind].descriptions
    same = names.options.translated_descriptions
    name_of = {template: str(at) if same else template for at, template in enumerate(templates)}
    order = "" if same else names.texts.lang
    found: list[tuple[int, _Candidate]] = []
    for template in shuffled(templates, name_of.__getitem__, names.options.seed, order, qid):
        for place, filling in enumerate(fillings(template, qid, names, stated_only=False, order=order)):
            words = {slot: names.labels[other] for slot, other in filling.items()}
            text = template.replace("^", "").format(**words)
            meaning = (name_of[template], tuple(sorted(filling.items()))) if same else text
            found.append((place * 8 + number(qid, name_of[template]) % 8, _Candidate(text, meaning)))
    return [one for _place, one in sorted(found, key=lambda pair: pair[0])]

"""What real articles carry around their prose: infobox, image, table, references, comments, categories.

Nothing in here is prose, so none of its links may come out of an extractor.
"""

from pipeline.sample import cldr
from pipeline.sample.digest import fraction, number, pick
from pipeline.sample.links import Prose
from pipeline.sample.names import Names

INFOBOX, IMAGE, TABLE, REF, COMMENT, INTERLANGUAGE, OWN_NAME = 0.4, 0.3, 0.2, 0.12, 0.08, 0.05, 0.5
"""Share of the articles (of the paragraphs: REF, COMMENT) that have one."""


def decorate(blocks: list[Prose], qid: int, names: Names) -> list[Prose]:
    """`blocks` with the apparatus of the page put around and into them; the prose and its links stay the same."""
    key = (names.options.seed, "apparatus", names.texts.lang, qid)
    out = [*_before(qid, names, key)]
    for place, block in enumerate(blocks):
        wikitext, plain = block.wikitext, not block.wikitext.startswith(("=", "*"))
        if plain and fraction(*key, place, "ref") < REF:
            wikitext += f"<ref>{names.texts.phrases['note'].format(x=link_to_any(names, *key, place))}</ref>"
        if plain and fraction(*key, place, "comment") < COMMENT:
            wikitext += f"<!-- {link_to_any(names, *key, place, 'comment')} -->"
        out.append(Prose(wikitext, block.links))
    return [*out, *_after(qid, names, key)]


def own_name(qid: int, names: Names) -> str:
    """ " ({{lang|de|Deutschland}})" behind a country's name, in some articles."""
    entity = names.world.entities[qid]
    if entity.kind != "country" or fraction(names.options.seed, names.texts.lang, qid, "own name") >= OWN_NAME:
        return ""
    own = cldr.own_names(entity.kind, entity.code)
    codes = cldr.languages_of(entity.code)[0]
    return f" ({{{{lang|{codes[0]}|{own[0]}}}}})" if own and codes and own[0] != names.labels[qid] else ""


def link_to_any(names: Names, *key: object) -> str:
    """A link to some article, for places that are not prose."""
    return f"[[{pick(names.article_titles, *key)}]]"


def _before(qid: int, names: Names, key: tuple[object, ...]) -> list[Prose]:
    texts, out = names.texts, []
    entity = names.world.entities[qid]
    if fraction(*key, "infobox") < INFOBOX:
        facts = names.world.outgoing.get(qid, ())[:3]
        rows = [f"| {f.relation} = [[{names.titles[f.object]}]]" for f in facts if f.object in names.labels]
        out.append("\n".join([f"{{{{Infobox {entity.kind}", f"| name = {names.labels[qid]}", *rows, "}}"]))
    if fraction(*key, "image") < IMAGE:
        caption = texts.phrases["caption"].format(x=link_to_any(names, *key, "image"))
        file = f"{texts.wiki.namespaces[6]}:{names.labels[qid]}.jpg"
        out.append(f"[[{file}|{texts.wiki.thumb}|{texts.wiki.right}|220px|{caption}]]")
    return [Prose(wikitext) for wikitext in out]


def _after(qid: int, names: Names, key: tuple[object, ...]) -> list[Prose]:
    texts, out = names.texts, []
    kind = names.world.entities[qid].kind
    if fraction(*key, "table") < TABLE:
        cells = [link_to_any(names, *key, "cell", place) for place in range(4)]
        rows = [f"|-\n| {cells[at]} || {number(*key, at) % 1000}\n" for at in range(4)]
        out.append('{| class="wikitable"\n! ' + texts.kinds[kind].noun + " !! {{no.}}\n" + "".join(rows) + "|}")
    out.append("{{Navbox " + kind + "}}")
    out.append(f"[[{texts.wiki.namespaces[14]}:{texts.kinds[kind].noun}]]")
    if fraction(*key, "interlanguage") < INTERLANGUAGE:
        other = "de" if texts.lang != "de" else "en"
        out[-1] += f"\n[[{other}:{names.titles[qid]}]]"
    return [Prose(wikitext) for wikitext in out]

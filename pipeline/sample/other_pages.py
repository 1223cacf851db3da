"""Redirects, disambiguation pages, pages of other namespaces, and damaged pages of one wiki."""

from pipeline.sample.apparatus import link_to_any
from pipeline.sample.digest import fraction, number
from pipeline.sample.disambiguations import disambiguations
from pipeline.sample.links import Linker
from pipeline.sample.names import Names
from pipeline.sample.pages import SamplePage
from pipeline.sample.trap_pages import helper_titles, trap_articles
from pipeline.sample.world import KINDS

DAMAGE = {
    "bad_id": "the page's <id> is no number: reject",
    "no_title": "the <title> is empty: reject",
    "no_revision": "the page has no <revision>: reject",
    "deleted_text": "the revision's <text> is deleted: reject",
    "not_wikitext": "the revision's <model> is json: reject, it is no prose",
    "explosion": "60,000 templates and links opened, none closed: quarantine by a bound on counted work, no crash",
}
"""Kind of damage → what an extractor must do with the page; each kind is one page of namespace 0."""
EXPLOSION_DEPTH = 30_000


def redirect_pages(names: Names) -> list[SamplePage]:
    """Redirects to articles in the spellings that occur, a chain, a loop, one to a section, one to nothing."""
    word, titles = names.texts.wiki.redirect, helper_titles(names)
    pages = [
        _redirect(alias, names.titles[qid], _spelling(word, number(names.options.seed, alias)))
        for alias, qid in names.redirects.items()
    ]
    pages += [
        _redirect(titles["LOOP"], titles["LOOP_BACK"], word + " "),
        _redirect(titles["LOOP_BACK"], titles["LOOP"], word + " "),
        _redirect(titles["BROKEN"], titles["RED"], word + " "),
        _redirect(titles["SECTION"], trap_articles(names)[0], word + " ", names.texts.phrases["see_also"]),
    ]
    return [*pages, _redirect(titles["CHAIN"], titles["REDIRECT"], word + " ")]


def _spelling(word: str, choice: int) -> str:
    return (f"{word} ", word, f"{word.lower()} ", "#REDIRECT ", f"{word}: ", f"\n{word}  ")[choice % 6]


def _redirect(title: str, target: str, before: str, fragment: str | None = None) -> SamplePage:
    link = f"[[{target}#{fragment}]]" if fragment else f"[[{target}]]"
    text = f"{before}{link}\n\n{{{{R from other name}}}}"
    return SamplePage(title=title, wikitext=text, role="redirect", redirect_title=target)


def disambiguation_pages(names: Names) -> list[SamplePage]:
    """One page for each name or code that several entities have, with a list of them."""
    pages = []
    for one in disambiguations(names):
        linker = Linker(names, ("disambiguation", one.title))
        marks = [linker.mention(qid, always=True) for qid in one.entities]
        nouns = [names.texts.kinds[names.world.entities[qid].kind].noun for qid in one.entities]
        rows = [f"* {mark.wikitext}, {noun}" for mark, noun in zip(marks, nouns, strict=True)]
        intro = names.texts.phrases["may_refer"].format(name=one.name)
        pages.append(
            SamplePage(
                title=one.title,
                wikitext="\n".join([intro, *rows, "", "{{disambiguation}}"]),
                role="disambiguation",
                qid=one.qid,
                links=tuple(mark.link for mark in marks if mark.link is not None),
            )
        )
    return pages


def other_namespace_pages(names: Names) -> list[SamplePage]:
    """Templates, categories, users, talk and a module: pages that are counted and left out, whatever is in them."""
    texts, spaces = names.texts, names.texts.wiki.namespaces
    rows: list[tuple[int, str, str]] = []
    for kind in KINDS:
        rows.append((10, f"Infobox {kind}", '{| class="infobox"\n! {{{name}}}\n|-\n| {{{currency|}}}\n|}'))
        rows.append(
            (10, f"Navbox {kind}", f"{{{{Navbox|list1={link_to_any(names, kind)} · {link_to_any(names, kind, 2)}}}}}")
        )
        rows.append((14, texts.kinds[kind].noun, f"{link_to_any(names, kind, 'category')}\n\n[[{spaces[14]}:1]]"))
    rows.append((10, "Lang", "{{{2}}}"))
    rows += [(2, f"Sample {place}", f"{link_to_any(names, 'user', place)} ''~~~~''") for place in range(7)]
    rows += [(4, texts.phrases["example"], link_to_any(names, "project")), (6, "A.jpg", link_to_any(names, "file"))]
    for qid in sorted(names.articles):
        if fraction(names.options.seed, "talk", texts.lang, qid) < 0.05:
            rows.append((1, names.titles[qid], f"== ? ==\n{link_to_any(names, 'talk', qid)} --~~~~"))
    pages = [
        SamplePage(title=f"{spaces[space]}:{title}", wikitext=text, role="other_namespace", namespace=space)
        for space, title, text in rows
    ]
    module = "local a = {[[x]], b[[1]]}\nreturn a"
    return [
        *pages,
        SamplePage(title="Module:Sample", wikitext=module, role="other_namespace", namespace=828, model="Scribunto"),
    ]


def plain_pages(names: Names) -> list[SamplePage]:
    """Articles without an item in Wikidata: one with a colon in its title, one without any prose."""
    titles, phrases = helper_titles(names), names.texts.phrases
    return [
        SamplePage(title=titles["COLON"], wikitext=phrases["end"], role="trap"),
        SamplePage(title=f"{phrases['example']} 0", wikitext="{{Navbox country}}\n\n<!-- -->", role="trap"),
    ]


def damaged_pages(names: Names) -> list[SamplePage]:
    """One page for each kind of `DAMAGE`."""
    example, end = names.texts.phrases["example"], names.texts.phrases["end"]
    texts = {"explosion": "{{a|[[b|" * EXPLOSION_DEPTH, "not_wikitext": '{"a": "[[b]]"}'}
    return [
        SamplePage(
            title=f"{example} {kind}",
            wikitext=texts.get(kind, end),
            role="damaged",
            damage=kind,
            model="json" if kind == "not_wikitext" else "wikitext",
        )
        for kind in DAMAGE
    ]

"""The traps as pages of one wiki, with the redirects they need."""

import re
from dataclasses import dataclass
from typing import get_args
from urllib.parse import quote

from pipeline.records import MentionStatus, PassageKind
from pipeline.sample.digest import shuffled
from pipeline.sample.disambiguations import disambiguations
from pipeline.sample.links import TruthLink
from pipeline.sample.names import Names, is_unlinked
from pipeline.sample.pages import SamplePage
from pipeline.sample.traps import TRAPS, Trap

_LINK = re.compile("«([^«»|]*)\\|([^«»|]*)(?:\\|([^«»|]*)\\|([^«»|]*))?»")
_SLOT = re.compile(r"\{([A-Za-z_]+)\}")


@dataclass(frozen=True)
class ExpectedPassage:
    """A passage that must come out of a trap page; offsets follow from the links' order in the text."""

    kind: PassageKind
    text: str
    links: tuple[TruthLink, ...]


@dataclass(frozen=True)
class TrapCase:
    """A trap in one wiki: its page, and the passages that must come out of it (templates dropped)."""

    trap: Trap
    page: SamplePage
    passages: tuple[ExpectedPassage, ...]


def helper_titles(names: Names) -> dict[str, str]:
    """Titles of the pages that traps link to besides articles, by slot."""
    example = names.texts.phrases["example"]
    slots = ("CHAIN", "LOOP", "LOOP_BACK", "BROKEN", "SECTION", "RED")
    extra = {slot: f"{example} {slot.lower().replace('_', ' ')}" for slot in slots}
    redirect = next(t for t in sorted(names.redirects) if not is_unlinked(names.redirects[t], names.options))
    return {
        **extra,
        "COLON": f"{example}: 2",
        "REDIRECT": redirect,
        "AMBIGUOUS": disambiguations(names)[-1].title,
    }


def trap_articles(names: Names) -> tuple[str, str]:
    """The two articles that the traps link to: countries of one word whose title is their name."""
    simple = [
        qid
        for qid in names.articles
        if names.world.entities[qid].kind == "country" and not is_unlinked(qid, names.options)
        if names.titles[qid] == names.labels[qid] and not set(names.labels[qid]) & set(" '-.")
    ]
    first, second, *_ = shuffled(simple, int, names.options.seed, "trap articles")
    return names.titles[first], names.titles[second]


def trap_cases(names: Names) -> list[TrapCase]:
    """All traps for one wiki."""
    first, second = trap_articles(names)
    wiki = names.texts.wiki
    words = {
        **{"A": first, "B": second, "a": first[0].lower() + first[1:], "A_PERCENT": quote(first)},
        **{
            "S": names.texts.phrases["see_also"],
            "THUMB": wiki.thumb,
            "OTHER": "en" if names.texts.lang == "de" else "de",
        },
        **{"FILE": wiki.namespaces[6], "CATEGORY": wiki.namespaces[14], **helper_titles(names)},
    }
    cases = []
    for place, trap in enumerate(TRAPS):
        title = f"{names.texts.phrases['example']} {place + 1}"
        cases.append(_case(trap, title, {**words, "T": title}, names))
    return cases


def _case(trap: Trap, title: str, words: dict[str, str], names: Names) -> TrapCase:
    phrases = names.texts.phrases

    def fill(text: str) -> str:
        return _SLOT.sub(lambda match: words.get(match.group(1), match.group()), text)

    wikitext, expected = fill(trap.wikitext), [(kind, fill(text)) for kind, text in trap.expected]
    if trap.carrier == "inline":
        wikitext = phrases["here"].replace("{x}", wikitext)
        expected = [(kind, phrases["here"].replace("{x}", text)) for kind, text in expected]
    else:
        wikitext = f"{wikitext}\n\n{phrases['end']}"
        expected.append(("paragraph", phrases["end"]))
    passages = tuple(ExpectedPassage(kind, _LINK.sub(r"\1", text), _links(text)) for kind, text in expected)
    links = tuple(link for passage in passages for link in passage.links)
    return TrapCase(trap, SamplePage(title=title, wikitext=wikitext, role="trap", links=links), passages)


def _links(text: str) -> tuple[TruthLink, ...]:
    found = []
    for surface, target, fragment, status in _LINK.findall(text):
        kind: MentionStatus = next((s for s in get_args(MentionStatus) if s == status), "resolved")
        found.append(TruthLink(surface, target, fragment or None, kind))
    return tuple(found)

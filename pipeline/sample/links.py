"""Links in running text, written and remembered: what an extractor must find, with surface, target and status."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.records import MentionStatus
from pipeline.sample.digest import fraction, number
from pipeline.sample.names import Names, capitalised, is_unlinked
from pipeline.sample.texts import WikiFacts

_SLOT = re.compile(r"\{(\w+)\}")


class TruthLink(NamedTuple):
    """A local link in prose: its surface (with linktrail and linkprefix), the normalised target, what becomes of it."""

    surface: str
    target: str
    fragment: str | None
    status: MentionStatus
    via_redirect: bool = False


class Markup(NamedTuple):
    """A piece of wikitext that stands for a slot; `link` is the link that begins and ends with it, if it is one."""

    wikitext: str
    link: TruthLink | None = None
    takes_trail: bool = True


@dataclass
class Prose:
    """Wikitext of a sentence or paragraph and the links in it, in their order."""

    wikitext: str
    links: list[TruthLink] = field(default_factory=list)


def compose(template: str, slots: Mapping[str, Markup], wiki: WikiFacts) -> Prose:
    """Fill the slots; letters that touch a link belong to its surface as the wiki's linktrail and linkprefix say.

    >>> from pipeline.sample.texts import load_texts
    >>> link = Markup("[[Euro]]", TruthLink("Euro", "Euro", None, "resolved"))
    >>> prose = compose("Pay in {o}s.", {"o": link}, load_texts("en").wiki)
    >>> prose.wikitext, prose.links[0].surface, prose.links[0].target
    ('Pay in [[Euro]]s.', 'Euros', 'Euro')
    """
    parts = _SLOT.split(template)
    out, links = [parts[0]], []
    for place in range(1, len(parts), 2):
        markup, before, after = slots[parts[place]], parts[place - 1], parts[place + 1]
        out += [markup.wikitext, after]
        if markup.link is not None:
            around = (wiki.prefix(before), wiki.trail(after)) if markup.takes_trail else ("", "")
            links.append(markup.link._replace(surface=around[0] + markup.link.surface + around[1]))
    return Prose("".join(out), links)


def fits(template: str, names: Mapping[str, str], wiki: WikiFacts) -> bool:
    """False where the template puts a letter of the linktrail behind a slot whose name cannot carry it.

    >>> from pipeline.sample.texts import load_texts
    >>> [fits("Pay in {o}s.", {"o": name}, load_texts("en").wiki) for name in ("Euro", "Swiss Francs")]
    [True, False]
    """
    parts = _SLOT.split(template)
    behind = ((names[parts[at]], parts[at + 1]) for at in range(1, len(parts), 2) if parts[at] in names)
    return all(not wiki.trail(text) or re.search(wiki.trail_after, name) is not None for name, text in behind)


class Linker:
    """Mentions of entities in one page: plain, linked in one of the forms that editors use, or red."""

    def __init__(self, names: Names, page: object, page_qid: int | None = None) -> None:
        self.names = names
        self.page = page
        self.page_qid = page_qid
        self._count = 0

    def mention(self, qid: int, *, always: bool = False) -> Markup:
        """The next mention of `qid` in this page; `always` makes it a link where a link is allowed at all."""
        self._count += 1
        names, options = self.names, self.names.options
        key = (options.seed, "mention", names.texts.lang, self.page, self._count, qid)
        label, title = names.labels[qid], names.titles[qid]
        share = fraction(*key, "plain")
        if is_unlinked(qid, options) or (share < options.plain_mention_share and not always):
            return Markup(label)
        if qid == self.page_qid:
            return self._self_link(label, title) if share > 0.95 else Markup(label)
        if qid not in names.articles:
            return Markup(_wrapped(title, label), TruthLink(label, title, None, "red"))
        return self._link(qid, label, title, key)

    @staticmethod
    def _self_link(label: str, title: str) -> Markup:
        return Markup(_wrapped(title, label), TruthLink(label, title, None, "self_link"))

    def _link(self, qid: int, label: str, title: str, key: tuple[object, ...]) -> Markup:
        link = TruthLink(label, title, None, "resolved")
        form = number(*key, "form") % 100
        redirects = self.names.redirects_of.get(qid, ())
        if form < 6 and redirects:
            alias = redirects[number(*key) % len(redirects)]
            return Markup(f"[[{alias}|{label}]]", link._replace(target=alias, via_redirect=True))
        if 6 <= form < 9:
            heading = self.names.texts.phrases["see_also"]
            return Markup(f"[[{title}#{heading}|{label}]]", link._replace(fragment=heading))
        if 9 <= form < 11:
            return Markup(f"[[{title.replace(' ', '_')}|{label}]]", link)
        if 11 <= form < 13:
            return Markup(f"[[:{title}|{label}]]", link)
        if 13 <= form < 16:
            return Markup(f"''{_wrapped(title, label)}''", link, takes_trail=False)
        if 16 <= form < 18:
            return Markup(f"[[{title}|'''{label}''']]", link)
        return Markup(_wrapped(title, label), link)


def _wrapped(title: str, label: str) -> str:
    return f"[[{label}]]" if capitalised(label) == title else f"[[{title}|{label}]]"

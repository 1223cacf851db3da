"""The rows of the tables as Python records: what parsers make and what `pipeline.schemas` turns into Arrow.

Field order and names are those of the columns in `pipeline.schemas`. Ids are integers (Q42 → 42, P31 → 31). Offsets are
half-open and count Unicode code points of the passage's text. `None` stands where a column is nullable, and only there.
"""

from typing import Literal, NamedTuple

PageKind = Literal["article", "redirect", "disambiguation"]
PassageKind = Literal["paragraph", "list_item", "definition", "term", "quote"]
TitleStatus = Literal["resolved", "disambiguation", "list", "no_item", "redirect_loop", "redirect_red"]
"""What a title of a Wikipedia stands for; see docs/tables.md."""
MentionStatus = Literal[TitleStatus, "red", "self_link"]
"""What became of a link: that of its target's title, or no such title, or the very page that holds the link."""
MentionSource = Literal["link", "title", "repeat"]
Rank = Literal["preferred", "normal", "deprecated"]
TextKind = Literal["label", "description", "label_description", "lead", "property_label", "property_description"]

new_row = tuple.__new__
"""Makes a record of its class and the tuple of all its fields, in a third of the time of the class's constructor."""


class Link(NamedTuple):
    """A local link of namespace 0 in a passage: `text[start:end]` is its surface.

    `target` is the normalised title without fragment; `fragment` is None where the link has none.

    >>> text = "Rome is in Italy."
    >>> link = Link(start=11, end=16, target="Italy", fragment=None)
    >>> text[link.start:link.end]
    'Italy'
    """

    start: int
    end: int
    target: str
    fragment: str | None


LinkRow = tuple[int, int, str, str | None]
"""The fields of a `Link`. Parsers give plain tuples: classes for links and passages took a twentieth of their work."""


class Passage(NamedTuple):
    """One block of prose of a page. `passage_index` counts from 0 in the page; `section` is the path of headings."""

    page_id: int
    passage_index: int
    section: tuple[str, ...]
    kind: PassageKind
    text: str
    links: tuple[Link, ...]


class Repeat(NamedTuple):
    """A name in a passage where no link stands: of the page itself ("title"), or of what the page links elsewhere.

    `target` is a title, as in a link; `text[start:end]` of the passage is the name.
    """

    page_id: int
    passage_index: int
    start: int
    end: int
    target: str
    source: MentionSource


class Page(NamedTuple):
    """A page of namespace 0. `redirect_title` and `redirect_fragment` are None unless `kind` is "redirect"."""

    page_id: int
    revision_id: int
    title: str
    kind: PageKind
    redirect_title: str | None
    redirect_fragment: str | None
    wikitext_chars: int


class Reject(NamedTuple):
    """What was dropped and why: a sample for people to read; the manifest's counts are complete."""

    job: str
    item: str
    key: str
    reason: str
    detail: str


class Entity(NamedTuple):
    """A Wikidata item that was kept. `instance_of` are the objects of its truthy P31 statements, ascending."""

    qid: int
    sitelink_count: int
    instance_of: tuple[int, ...]


class EntityText(NamedTuple):
    """What an item is called in one wanted language; see `entity_texts` in the design for the variants and `mul`."""

    lang: str
    wikidata_lang: str
    qid: int
    label: str | None
    description: str | None
    aliases: tuple[str, ...]
    label_lang: str | None
    description_lang: str | None


class Sitelink(NamedTuple):
    """The page of one Wikipedia that is about an item; `lang` is the Wikipedia code."""

    lang: str
    title: str
    qid: int


class Statement(NamedTuple):
    """An item-valued statement with its rank; somevalue and novalue are counted, not stored."""

    subject_qid: int
    property_id: int
    object_qid: int
    rank: Rank


class ItemRedirect(NamedTuple):
    """An item that was merged into another: `qid` is its old id, `target_qid` where that leads (perhaps on again)."""

    qid: int
    target_qid: int


class PropertyText(NamedTuple):
    """What a property is called in one wanted language."""

    lang: str
    property_id: int
    label: str | None
    description: str | None
    aliases: tuple[str, ...]
    label_lang: str | None
    description_lang: str | None
    datatype: str


class Span(NamedTuple):
    """A mention in a tokenised window: tokens `start` to `end` (half-open, specials counted) name entity `qid`."""

    start: int
    end: int
    qid: int

"""The traps: short pages, each with one thing that extractors get wrong, and what must come out of it.

`wikitext` and the expected passages have slots that `trap_pages` fills per wiki: {A}, {B} titles of two articles, {a}
the first in lower case, {T} the trap page's own title, {S} a heading; {FILE}, {CATEGORY}, {THUMB} words of the wiki;
{OTHER} another language; titles of redirects ({REDIRECT}, {CHAIN}, {LOOP}, {BROKEN}, {SECTION}), of a page that does
not exist {RED}, of a disambiguation page {AMBIGUOUS} and of an article with a colon {COLON}. In the expected text a
link is written «surface|target|fragment|status», and «surface|target» is short for one that is resolved. White space is
compared folded: a no-break space may become a space.
"""

from typing import Literal, NamedTuple

from pipeline.records import PassageKind


class Trap(NamedTuple):
    """One trap. `expected` are the passages with templates dropped.

    `carrier`: "inline" puts wikitext and expected text into the language's sentence "Here is …."; "block" puts the
    wikitext alone, followed by the sentence "This is the end.", a paragraph that must come out too.
    """

    name: str
    wikitext: str
    expected: tuple[tuple[PassageKind, str], ...]
    carrier: Literal["inline", "block"] = "inline"


def _inline(name: str, wikitext: str, expected: str) -> Trap:
    return Trap(name, wikitext, (("paragraph", expected),))


def _block(name: str, wikitext: str, *expected: tuple[PassageKind, str]) -> Trap:
    return Trap(name, wikitext, expected, "block")


_LINKS = [
    _inline("link", "[[{A}]]", "«{A}|{A}»"),
    _inline("piped link", "[[{A}|{B} 1]]", "«{B} 1|{A}»"),
    _inline("bold and italic inside", "[[{A}|''i'' '''b''']]", "«i b|{A}»"),
    _inline("bold and italic outside", "'''''[[{A}]]''''' ''[[{B}]]''", "«{A}|{A}» «{B}|{B}»"),
    _inline("nowiki ends the linktrail", "[[{A}]]<nowiki/>abc", "«{A}|{A}»abc"),
    _inline("section link", "[[{A}#{S}|{B}]]", "«{B}|{A}|{S}|resolved»"),
    _inline("section link without pipe", "[[{A}#{S}]]", "«{A}#{S}|{A}|{S}|resolved»"),
    _inline("link to own section", "[[#{S}|{B}]]", "«{B}|{T}|{S}|self_link»"),
    _inline("self link", "[[{T}|{B}]] 1", "«{B}|{T}||self_link» 1"),
    _inline("same link again", "[[{A}]] 1 [[{A}]] 2 {A}", "«{A}|{A}» 1 «{A}|{A}» 2 {A}"),
    _inline("underscores and spaces in the target", "[[_ {A}_ |{B}]]", "«{B}|{A}»"),
    _inline("percent-encoded target", "[[{A_PERCENT}|{B}]]", "«{B}|{A}»"),
    _inline("first letter in lower case", "[[{a}|{B}]]", "«{B}|{A}»"),
    _inline("leading colon", "[[:{A}|{B}]]", "«{B}|{A}»"),
    _inline("entities in the link's text", "[[{A}|1 &amp; 2&nbsp;&lt;3]]", "«1 & 2\u00a0<3|{A}»"),
    _inline("comment in the target", "[[{A}<!-- 1 -->|{B}]]", "«{B}|{A}»"),
    _inline("red link", "[[{RED}]]", "«{RED}|{RED}||red»"),
    _inline("link over redirect", "[[{REDIRECT}|{B}]]", "«{B}|{REDIRECT}»"),
    _inline("link over a chain of redirects", "[[{CHAIN}|{B}]]", "«{B}|{CHAIN}»"),
    _inline("link over a redirect to a section", "[[{SECTION}|{B}]]", "«{B}|{SECTION}»"),
    _inline("link into a loop of redirects", "[[{LOOP}|{B}]]", "«{B}|{LOOP}||redirect_loop»"),
    _inline("link over a redirect to nothing", "[[{BROKEN}|{B}]]", "«{B}|{BROKEN}||redirect_red»"),
    _inline("link to a disambiguation page", "[[{AMBIGUOUS}|{B}]]", "«{B}|{AMBIGUOUS}||disambiguation»"),
    _inline("colon in a title of namespace 0", "[[{COLON}|{B}]]", "«{B}|{COLON}||no_item»"),
    _inline("link to a category", "[[:{CATEGORY}:{A}|{B}]]", "{B}"),
    _inline("link to another wiki", "[[:{OTHER}:{A}|{B}]]", "{B}"),
    _inline("external links", "[https://example.org/ {B}]", "{B}"),
    _inline("unclosed link", "[[{A}", "[[{A}"),
    _inline("empty link", "[[]] 1", "[[]] 1"),
    _inline("link in the text of a link", "[[{A}|1 [[{B}]] 2]]", "[[{A}|1 «{B}|{B}» 2]]"),
    _inline("nowiki", "<nowiki>[[{A}]] ''1''</nowiki>", "[[{A}]] ''1''"),
    _inline("comment", "1<!-- [[{A}]] -->2", "12"),
    _inline("references", '[[{A}]]<ref name="n">[[{B}]]</ref><ref name="n" />', "«{A}|{A}»"),
    _inline("HTML around a link", '<span class="x">[[{A}]]</span> <small>1</small>', "«{A}|{A}» 1"),
    _inline("unknown template", "{{Unknown|[[{A}]]|x={{deep|[[{B}]]}}}}1", "1"),
    _inline("lang template", "1{{lang|de|{A}}}", "1"),
    _inline("convert template", "1{{convert|5|km}}", "1"),
]

_BLOCKS = [
    _block("table", '{| class="wikitable"\n|+ [[{A}]]\n! 1\n|-\n| [[{A}]] || [[{B}|1]]\n|}'),
    _block("table in a table", "{|\n| [[{A}]]\n{|\n| [[{B}]]\n|}\n|}"),
    _block(
        "image with links in its caption", "[[{FILE}:A.jpg|{THUMB}|220px|1 [[{A}|x]] and [[{B}]] <ref>[[{A}]]</ref>]]"
    ),
    _block("English file namespace", "[[File:A.jpg|thumb|left|[[{A}]]]]"),
    _block("gallery", "<gallery>\n{FILE}:A.jpg|[[{A}]]\n</gallery>"),
    _block("infobox over many lines", "{{Infobox\n| a = [[{A}]]\n| b = {{x|[[{B}]]|1}}<br />[[{A}]]\n}}"),
    _block(
        "list",
        "* [[{A}]]\n** 1 [[{B}]]\n# 2",
        ("list_item", "«{A}|{A}»"),
        ("list_item", "1 «{B}|{B}»"),
        ("list_item", "2"),
    ),
    _block("definition list", "; [[{A}]]\n: 1 [[{B}]]", ("term", "«{A}|{A}»"), ("definition", "1 «{B}|{B}»")),
    _block("quote", "<blockquote>\n1 [[{A}]]\n</blockquote>", ("quote", "1 «{A}|{A}»")),
    _block("heading with a link", "== [[{A}]] =="),
    _block("category and interlanguage link", "[[{CATEGORY}:{A}|x]]\n[[{OTHER}:{A}]]"),
    _block("magic words", "__NOTOC__\n{{DEFAULTSORT:{A}}}"),
    _block("comment over paragraphs", "<!-- [[{A}]]\n\n[[{B}]] -->"),
    _block("source code", '<syntaxhighlight lang="c">\na[[1]] = [[{A}]];\n</syntaxhighlight>'),
    _block("two paragraphs", "1 [[{A}]]\n\n2 [[{B}]]", ("paragraph", "1 «{A}|{A}»"), ("paragraph", "2 «{B}|{B}»")),
    _block("one paragraph on two lines", "1 [[{A}]]\n2 [[{B}]]", ("paragraph", "1 «{A}|{A}» 2 «{B}|{B}»")),
]

TRAPS: tuple[Trap, ...] = (*_LINKS, *_BLOCKS)
"""All traps, in the order of their pages; linktrail and linkprefix, which differ by language, are in every article."""

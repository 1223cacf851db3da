"""The blocks of a page are finished together: none has a part in what another is, and each has its own links."""

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import ParsedPage, WikitextOptions, parse_page, scanner
from pipeline.parse.wikitext.finish import decoded, kept_targets
from pipeline.records import Link

BLOCKS = st.lists(
    st.lists(st.sampled_from(["a", " ", "\t", "&#10;", "&nbsp;", "\x100\x11", "\x06", "\x07", "\x02b \x03"])).map(
        "".join
    ),
    max_size=6,
)


def page(wikitext: str) -> ParsedPage:
    """The page, as one of the English Wikipedia."""
    return parse_page(wikitext, title="T", site=bundled_site("en"), options=WikitextOptions())


def finished(blocks: list[str], stash: list[str], titles: list[str]) -> tuple[list[str], list[tuple[Link, ...]]]:
    """Texts and links of blocks."""
    return scanner.current.running_text(decoded(blocks, stash), titles, {})


@given(BLOCKS)
@example(["&#10;", "\x02b \x03"])
def test_together_as_one_by_one(blocks: list[str]) -> None:
    """Line ends that come out of entities and `<nowiki>` part no blocks, and targets go on from block to block."""
    stash = ["x\ny"]
    titles = [f"T{number}" for number in range("".join(blocks).count("\x02"))]
    texts: list[str] = []
    links: list[tuple[Link, ...]] = []
    for block in blocks:
        one = finished([block], stash, titles[sum(map(len, links)) :])
        texts += one[0]
        links += one[1]
    assert finished(blocks, stash, titles) == (texts, links)


def test_links_in_dropped_blocks_take_their_targets_with_them() -> None:
    """Preformatted text and bare text in a `<div>` go with their links; those before and after keep their own."""
    found = page("[[A]]\n[[a]]\n [[B]] and [[C]]\n\n<div>[[D]]</div>\n* [[E]]\n== [[F]] ==\n[[G]]")
    assert [[link.target for link in passage.links] for passage in found.passages] == [["A", "A"], ["E"], ["G"]]
    assert found.passages[-1].section == ("F",)
    assert found.counts["links_in_other_blocks"] == 3
    assert found.counts["links_in_headings"] == 1


def test_kept_targets_of_dropped_blocks_side_by_side() -> None:
    """At the beginning, next to each other, at the end."""
    blocks = ["\x02a\x03", "\x02b\x03"]
    dropped = [(0, 1), (1, 1), (1, 0), (2, 1)]
    assert kept_targets(list("ABCDE"), {0: "a", 3: "d"}, blocks, dropped) == (["B", "D"], {1: "d"})


def test_a_section_is_the_finished_heading() -> None:
    """Entities, `<nowiki>` and marks in headings; levels that are left out."""
    found = page("== A &amp; B ==\na\n==== <nowiki>[[C]]</nowiki> ====\nb\n=== ''D'' ===\nc\n=E=\nd")
    assert [passage.section for passage in found.passages] == [
        ("A & B",),
        ("A & B", "[[C]]"),
        ("A & B", "D"),
        ("E",),
    ]

"""Damaged bytes anywhere: an error for the user or a rejected page, never a crash, and nothing depends on the cuts."""

import bz2
import contextlib
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.languages.site import bundled_site
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import FileRange, whole
from pipeline.parse.dump.page_rows import page_rows
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import BadPage, PageReader
from pipeline.parse.wikidata.entity_rows import EntityReader, MalformedEntity
from pipeline.parse.wikitext import WikitextOptions
from tests.pipeline.parse.dump.builder import dump, many
from tests.pipeline.parse.wikidata.builder import item, linked, statement, terms

DUMP = dump(many(6))
BODY = DUMP[DUMP.index(b"<page>") :]
ENTITY = json.dumps(
    item(1, labels=terms({"de": "x"}), claims={"P31": [statement(5), statement("s", kind="string")]})
    | {"sitelinks": linked(1, "dewiki")["sitelinks"]}
).encode()
Edits = list[tuple[int, bytes]]
EDITS = st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=3) | st.sampled_from([b"<", b"&", b"<page>"])))


def mutated(data: bytes, edits: Edits) -> bytes:
    changed = bytearray(data)
    for place, replacement in edits:
        at = place % len(changed)
        changed[at : at + len(replacement)] = replacement
    return bytes(changed)


@settings(max_examples=80, deadline=None)
@given(edits=EDITS, size=st.integers(30, 3000))
@example(edits=[(2185, b"<page>")], size=30)  # a stray `<` right before a page
@example(edits=[(780, b"\r")], size=30)  # a field of the page that is not closed before the revision
def test_damaged_xml(tmp_path_factory: pytest.TempPathFactory, edits: Edits, size: int) -> None:
    path = tmp_path_factory.mktemp("f") / "x.xml"
    path.write_bytes(mutated(BODY, edits))
    length = path.stat().st_size
    cut = [FileRange(str(path), "plain", start, min(start + size, length), length) for start in range(0, length, size)]
    assert pages_of(cut) == pages_of([whole(path)])


def pages_of(pieces: list[FileRange]) -> list[tuple[str, ...]] | str:
    found: list[tuple[str, ...]] = []
    try:
        for piece in pieces:
            for raw in PageReader(piece, wrapped=False, max_text_chars=1000).pages():
                if isinstance(raw, BadPage):
                    found.append((raw.reason,))
                else:
                    found.append((raw.title, raw.page_id, raw.text or raw.text_state))
    except InputError as error:
        return str(error)
    return found


@settings(max_examples=60, deadline=None)
@given(edits=EDITS)
def test_damaged_bz2(tmp_path_factory: pytest.TempPathFactory, edits: Edits) -> None:
    path = tmp_path_factory.mktemp("f") / "x.bz2"
    path.write_bytes(b"BZh9" + mutated(bz2.compress(DUMP)[4:], edits))
    with contextlib.suppress(InputError):  # any other error fails the test, and so do other bytes
        assert b"".join(decoded(whole(path))) == DUMP


@settings(max_examples=100, deadline=None)
@given(edits=EDITS)
def test_damaged_entities(edits: Edits) -> None:
    with contextlib.suppress(MalformedEntity):  # any other error fails the test
        rows = EntityReader(("de",), "all").rows(mutated(ENTITY, edits))
        assert sum(rows.counts[name] for name in rows.counts if name.startswith("statements_")) == rows.counts.get(
            "statements", 0
        )


@settings(max_examples=100, deadline=None)
@given(
    fields=st.tuples(*[st.text(max_size=8)] * 2),
    numbers=st.tuples(*[st.text("0123456789-x", max_size=20)] * 2),
    text=st.none() | st.text("[]{}|#REDICT:a\n", max_size=40),
)
def test_any_page_gives_rows_or_a_reason(fields: tuple[str, str], numbers: tuple[str, str], text: str | None) -> None:
    raw = RawPage(numbers[0], fields[0], "0", fields[1] or None, numbers[1], None, text, "missing", 1)
    rows = page_rows(raw, bundled_site("de"), WikitextOptions(), (0,))
    assert (rows.page is None) == (rows.reason is not None)

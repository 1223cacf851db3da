"""MediaWiki's own answers to small wikitexts in 30 languages (`gold/probes.jsonl.gz`)."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import ParsedPage, WikitextOptions, parse_page, redirect_target

KINDS = {"p": "paragraph", "li": "list_item", "dd": "definition", "dt": "term", "blockquote": "quote"}
NUMBER_OF_PROBES = 72

OTHERWISE = {
    ("enwiki", 26): "`;;x:y`: the inner definition is a term again in MediaWiki's HTML, a definition here",
}
"""Probes that are deliberately answered otherwise, and how."""


@pytest.fixture(scope="module")
def probes(shared_data: Path) -> list[dict[str, Any]]:
    """All probes."""
    with gzip.open(shared_data / "gold/probes.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def squeezed(text: str) -> str:
    """Spaces as the scorer compares them; MediaWiki also puts one before French marks, which we leave as written."""
    text = re.sub(r"[\s\u00a0]+", " ", text).strip()
    return re.sub(r" (?=[;?!:%»])", "", text).replace("« ", "«")


def expected(probe: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, str, str | None]]]]:
    """Prose blocks with their local links: (kind, text, [(surface, target, fragment)])."""
    found = []
    for block in probe["blocks"]:
        if block["kind"] in KINDS:
            links = [x for x in block["links"] if x["ns"] == 0 and not x["interwiki"]]
            rows = [(squeezed(x["surface"]), x["target"], x["fragment"]) for x in links]
            found.append((KINDS[block["kind"]], squeezed(block["text"]), rows))
    return found


def answered(page: ParsedPage) -> list[tuple[str, str, list[tuple[str, str, str | None]]]]:
    """Our passages in the same form."""
    return [
        (p.kind, squeezed(p.text), [(squeezed(p.text[x.start : x.end]), x.target, x.fragment) for x in p.links])
        for p in page.passages
    ]


@pytest.mark.parametrize("number", range(NUMBER_OF_PROBES))
def test_probe(probes: list[dict[str, Any]], number: int) -> None:
    """Blocks, kinds, links, targets and fragments are MediaWiki's, but for those named in OTHERWISE."""
    assert len(probes) == NUMBER_OF_PROBES
    probe = probes[number]
    site = bundled_site(probe["lang"])
    if "redirect" in probe:
        redirect = probe["redirect"]
        assert redirect_target(probe["wikitext"], site) == (redirect["target"], redirect["fragment"])
        return
    options = WikitextOptions(templates="drop")
    page = parse_page(probe["wikitext"], title=probe["title"], site=site, options=options)
    if (probe["wiki"], probe["id"]) in OTHERWISE:
        assert answered(page) != expected(probe)
        assert [text for _, text, _ in answered(page)] == [text for _, text, _ in expected(probe)]
    else:
        assert answered(page) == expected(probe)

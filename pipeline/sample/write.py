"""`write_sample`: dumps of the sample world in the real formats."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.sample import dump_xml, other_pages
from pipeline.sample.articles import ArticleWriter
from pipeline.sample.digest import number, shuffled
from pipeline.sample.files import write_entities, write_index, write_multistream
from pipeline.sample.names import Names, is_unlinked
from pipeline.sample.options import SampleOptions
from pipeline.sample.pages import SamplePage
from pipeline.sample.report import SampleReport, WikiReport
from pipeline.sample.texts import check_languages, load_texts
from pipeline.sample.trap_pages import trap_cases
from pipeline.sample.wikidata import wikidata_documents
from pipeline.sample.world import load_world

WIKIDATA_FILE = "wikidata-sample-all.json.bz2"


def write_sample(languages: Sequence[str], out: Path, *, options: SampleOptions | None = None) -> SampleReport:
    """Write the dumps of the sample world's wikis in `languages` and its Wikidata dump into the folder `out`.

    The same arguments give the same bytes, and a wiki's files do not depend on which other languages are written. Files
    are `{dbname}-sample-pages-articles-multistream.xml.bz2` with its `-multistream-index.txt.bz2`, and
    `wikidata-sample-all.json.bz2`. Raises ConfigError for a language without templates, TargetError when `out` cannot
    be written.
    """
    check_languages(languages)
    options = options or SampleOptions()
    world = load_world().only(options.relations) if options.relations else load_world()
    sites = {lang: Names(world, load_texts(lang), options) for lang in languages}
    wikis = {lang: write_wiki(names, out) for lang, names in sites.items()}
    documents, truth = wikidata_documents(world, sites, options)
    write_entities(documents, out / WIKIDATA_FILE)
    unlinked = frozenset(qid for qid in world.entities if is_unlinked(qid, options))
    return SampleReport(wikis=wikis, wikidata=out / WIKIDATA_FILE, truth=truth, unlinked=unlinked)


def write_wiki(names: Names, out: Path) -> WikiReport:
    """Write the dump of one wiki and its index."""
    writer = ArticleWriter(names)
    traps = trap_cases(names)
    pages: list[SamplePage] = [writer.article(qid) for qid in sorted(names.articles)]
    pages += [case.page for case in traps]
    pages += other_pages.plain_pages(names) + other_pages.redirect_pages(names)
    pages += other_pages.disambiguation_pages(names) + other_pages.other_namespace_pages(names)
    pages += other_pages.damaged_pages(names)
    numbered = number_pages(pages, names)
    texts = names.texts
    rows = [(_index_key(page_id, page), dump_xml.page_xml(page, page_id)) for page_id, page in numbered]
    stem = f"{texts.dbname}-sample-pages-articles-multistream"
    dump, index = out / f"{stem}.xml.bz2", out / f"{stem}-index.txt.bz2"
    per_stream = names.options.pages_per_stream
    lines = write_multistream(dump_xml.header(texts), rows, dump_xml.FOOTER, per_stream, dump)
    write_index(lines, index)
    streams = 2 + -(-len(rows) // per_stream)
    return WikiReport(
        lang=texts.lang, dump=dump, index=index, streams=streams, pages=tuple(numbered), traps=tuple(traps)
    )


def number_pages(pages: Sequence[SamplePage], names: Names) -> list[tuple[int, SamplePage]]:
    """Pages in the order of a digest with ascending page ids that leave gaps, as deleted pages do."""
    seed, lang = names.options.seed, names.texts.lang
    numbered: list[tuple[int, SamplePage]] = []
    page_id = 0
    for page in shuffled(pages, lambda one: one.title, seed, "page order", lang):
        page_id += 1 + number(seed, lang, page.title) % 5
        numbered.append((page_id, page))
    return numbered


def _index_key(page_id: int, page: SamplePage) -> str | None:
    return None if page.damage in ("bad_id", "no_title") else f"{page_id}:{page.title}"

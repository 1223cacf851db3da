"""The template pages of a dump, read once at planning: the wiki's own simple templates."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.languages.site import Site
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.header import Header
from pipeline.parse.dump.page_rows import namespace_of
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import PageReader
from pipeline.parse.wikitext.own_templates import (
    TEMPLATE_NAMESPACE,
    TemplatePage,
    simple_templates,
)


def own_templates(
    dumps: Sequence[str], headers: Sequence[Header], site: Site, *, max_bytes: int, max_chars: int
) -> dict[str, str] | None:
    """Name → body of the simple templates that the dumps carry; None where the dumps have more than `max_bytes`.

    The dumps are read once from end to end, so that this is for small wikis. A template in several dumps is taken from
    the last. Raises InputError where a dump is truncated.
    """
    if sum(Path(name).stat().st_size for name in dumps) > max_bytes:
        return None
    return simple_templates(_template_pages(dumps, headers, site, max_chars), site)


def _template_pages(
    dumps: Sequence[str], headers: Sequence[Header], site: Site, max_chars: int
) -> Iterator[TemplatePage]:
    for name, header in zip(dumps, headers, strict=True):
        reader = PageReader(whole(Path(name), header.encoding), wrapped=header.wrapped, max_text_chars=max_chars)
        for raw in reader.pages():
            if isinstance(raw, RawPage) and raw.text and namespace_of(raw.ns, raw.title, site) == TEMPLATE_NAMESPACE:
                yield TemplatePage(raw.title, raw.text)

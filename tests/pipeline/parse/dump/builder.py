"""Makes small Wikipedia dumps for tests, in the real export format."""

import bz2
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

SITEINFO = """  <siteinfo>
    <sitename>Wikipedia</sitename>
    <dbname>{dbname}</dbname>
    <base>https://{lang}.wikipedia.org/wiki/X</base>
    <generator>MediaWiki 1.39</generator>
    <case>first-letter</case>
    <namespaces>
      <namespace key="0" case="first-letter" />
      <namespace key="10" case="first-letter">Vorlage</namespace>
      <namespace key="14" case="first-letter">Kategorie</namespace>
    </namespaces>
  </siteinfo>
"""


def header(dbname: str = "dewiki", lang: str = "de", version: str = "0.11", siteinfo: str = SITEINFO) -> str:
    """`<mediawiki>` and `<siteinfo>`."""
    root = f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-{version}/" version="{version}" xml:lang="{lang}">\n'
    return root + siteinfo.format(dbname=dbname, lang=lang)


def page(
    page_id: int | str,
    title: str,
    text: str = "Ein [[Wort]] im Text.",
    *,
    ns: int | None = 0,
    redirect: str | None = None,
    text_tag: str = '<text bytes="9" xml:space="preserve">',
    revision_id: int | str = 7,
    model: str = "wikitext",
) -> str:
    """One `<page>` with one revision."""
    lines = [
        "  <page>",
        f"    <title>{escape(title)}</title>",
        f"    <ns>{ns}</ns>" if ns is not None else "",
        f"    <id>{page_id}</id>",
        f"    <redirect title={quoteattr(redirect)} />" if redirect is not None else "",
        f"    <revision>\n      <id>{revision_id}</id>\n      <timestamp>2020-01-01T00:00:00Z</timestamp>",
        "      <contributor><username>X</username><id>99</id></contributor>",
        f"      <model>{model}</model>\n      {text_tag}{escape(text)}</text>" if text_tag else "",
        "    </revision>\n  </page>\n",
    ]
    return "\n".join(line for line in lines if line)


def many(count: int, size: int = 0) -> list[str]:
    """`count` pages of the main namespace; every fifth is a redirect, every seventh a template."""
    pages = []
    for n in range(1, count + 1):
        if n % 7 == 0:
            pages.append(page(n, f"Vorlage:V{n}", "x", ns=10))
        elif n % 5 == 0:
            pages.append(page(n, f"Seite {n}", f"#WEITERLEITUNG [[Seite {n - 1}]]", redirect=f"Seite {n - 1}"))
        else:
            pages.append(page(n, f"Seite {n}", f"'''Seite {n}''' hat ein [[Seite {n + 1}|Ziel]]." + " wort" * size))
    return pages


def dump(pages: Sequence[str], head: str | None = None) -> bytes:
    """A whole XML dump."""
    return (f"{header() if head is None else head}{''.join(pages)}</mediawiki>\n").encode()


def multistream(pages: Sequence[str], per_stream: int) -> tuple[bytes, bytes]:
    """A multistream dump and its index (both compressed), as the publisher makes them."""
    packed, lines = bz2.compress(header().encode()), []
    for first in range(0, len(pages), per_stream):
        group = pages[first : first + per_stream]
        lines += [f"{len(packed)}:{first + n + 1}:Seite {first + n + 1}\n" for n in range(len(group))]
        packed += bz2.compress("".join(group).encode())
    return packed + bz2.compress(b"</mediawiki>\n"), bz2.compress("".join(lines).encode())


def write_multistream(folder: Path, count: int, per_stream: int, size: int = 0) -> Path:
    """A multistream dump with its index beside it; returns the dump's path."""
    folder.mkdir(parents=True, exist_ok=True)
    data, index = multistream(many(count, size), per_stream)
    path = folder / "dewiki-pages-articles-multistream.xml.bz2"
    path.write_bytes(data)
    (folder / "dewiki-pages-articles-multistream-index.txt.bz2").write_bytes(index)
    return path

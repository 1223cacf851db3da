"""Pages as MediaWiki's XML export, schema 0.11, in the layout of the public dumps."""

from hashlib import sha1
from xml.sax.saxutils import escape

from pipeline.sample.digest import number
from pipeline.sample.pages import SamplePage
from pipeline.sample.texts import LanguageTexts

_SCHEMA = "http://www.mediawiki.org/xml/export-0.11/"
FOOTER = "</mediawiki>\n"


def header(texts: LanguageTexts) -> str:
    """`<mediawiki>` and `<siteinfo>` with the wiki's localized namespaces."""
    rows = dict(sorted({**texts.wiki.namespaces, 0: "", 828: "Module", 829: "Module talk"}.items()))
    spaces = "".join(
        f'      <namespace key="{key}" case="first-letter"' + (f">{escape(name)}</namespace>\n" if name else " />\n")
        for key, name in rows.items()
    )
    return (
        f'<mediawiki xmlns="{_SCHEMA}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{_SCHEMA} http://www.mediawiki.org/xml/export-0.11.xsd" version="0.11" '
        f'xml:lang="{texts.lang}">\n'
        f"  <siteinfo>\n    <sitename>{escape(texts.sitename)}</sitename>\n    <dbname>{texts.dbname}</dbname>\n"
        f"    <base>https://{texts.lang}.wikipedia.org/wiki/Main_Page</base>\n"
        "    <generator>MediaWiki 1.46.0-wmf.1</generator>\n    <case>first-letter</case>\n"
        f"    <namespaces>\n{spaces}    </namespaces>\n  </siteinfo>\n"
    )


def text_sha1(text: str) -> str:
    """SHA-1 of a text as MediaWiki prints it: base 36, 31 digits.

    >>> text_sha1("")
    'phoiac9h4m842xq45sp7s6u21eteeq1'
    """
    rest, digits = int(sha1(text.encode(), usedforsecurity=False).hexdigest(), 16), ""
    while rest:
        rest, digit = divmod(rest, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(31, "0")


def page_xml(page: SamplePage, page_id: int) -> str:
    """One `<page>`; `page.damage` makes it wrong in the way that `damaged.py` describes."""
    title = "" if page.damage == "no_title" else page.title
    shown_id = "not-a-number" if page.damage == "bad_id" else str(page_id)
    redirect = f'    <redirect title="{_quoted(page.redirect_title)}" />\n' if page.redirect_title else ""
    revision = "" if page.damage == "no_revision" else _revision(page, page_id)
    return (
        f"  <page>\n    <title>{_quoted(title)}</title>\n    <ns>{page.namespace}</ns>\n    <id>{shown_id}</id>\n"
        f"{redirect}{revision}  </page>\n"
    )


def _revision(page: SamplePage, page_id: int) -> str:
    digest = number("revision", page.title, page_id)
    stamp = f"2026-{digest % 9 + 1:02}-{digest // 9 % 28 + 1:02}T{digest // 252 % 24:02}:{digest // 6048 % 60:02}:00Z"
    revision_id = 10_000_000 + page_id * 7
    size, total = len(page.wikitext.encode()), text_sha1(page.wikitext)
    if page.damage == "deleted_text":
        text, total = f'      <text bytes="{size}" deleted="deleted" />\n', ""
    else:
        text = f'      <text bytes="{size}" sha1="{total}" xml:space="preserve">{_quoted(page.wikitext)}</text>\n'
    who = (
        f"        <username>Sample {digest % 7}</username>\n        <id>{digest % 7 + 1}</id>\n"
        if digest % 5
        else f"        <ip>192.0.2.{digest % 250}</ip>\n"
    )
    contributor = f"      <contributor>\n{who}      </contributor>\n"
    if digest % 31 == 0:
        contributor = '      <contributor deleted="deleted" />\n'
    return (
        f"    <revision>\n      <id>{revision_id}</id>\n      <parentid>{revision_id - 1}</parentid>\n"
        f"      <timestamp>{stamp}</timestamp>\n{contributor}"
        + ("      <minor />\n" if digest % 4 == 0 else "")
        + "      <comment>/* [[Sample]] */ &lt;ref&gt; &amp; more</comment>\n"
        f"      <origin>{revision_id}</origin>\n      <model>{page.model}</model>\n"
        f"      <format>text/x-wiki</format>\n{text}"
        + (f"      <sha1>{total}</sha1>\n" if total else "      <sha1 />\n")
        + "    </revision>\n"
    )


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})

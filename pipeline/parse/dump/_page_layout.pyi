"""Native; see _page_layout.c."""

from pipeline.parse.dump.page_xml import RawPage

def read_page(
    type: type[RawPage], data: bytes, start: int, end: int, max_text_chars: int, /
) -> tuple[RawPage, int] | None: ...

"""Native; see _page_layout.c."""

from pipeline.parse.dump.page_xml import RawPage

def read_pages(
    type: type[RawPage], data: bytes, position: int, limit: int, end: int, max_text_chars: int, /
) -> tuple[list[RawPage], int]: ...

from collections.abc import Sequence, Set

from pipeline.parse.wikitext.scanner_pure import Piece
from pipeline.records import Link

def find_markup(
    names: Set[str], text: str, position: int, inside: bool, variants: bool, /
) -> tuple[int, int] | None: ...
def mark_links(
    text: str, position: int, capitals: str, no_trail: str | None, /
) -> tuple[str, list[tuple[str, str | None]], Piece | None, int]: ...
def running_text(
    meanings: str, type: type[Link], text: str, targets: list[tuple[str, str | None]], first: int, /
) -> tuple[str, tuple[Link, ...], int]: ...
def find_names(
    texts: Sequence[str], links: Sequence[Sequence[Link]], names: Sequence[str], anywhere: int, /
) -> list[tuple[int, int, int]] | None: ...

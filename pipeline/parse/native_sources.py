"""Which C files each native part is built from, and whether a part that was built is of the files that lie here.

`setup.py` loads this file by its path while it builds: the standard library alone is imported here.
"""

import hashlib
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
_DUMP, _WIKITEXT = "pipeline/parse/dump", "pipeline/parse/wikitext"
SOURCES = {
    "pipeline.parse._columns": ("pipeline/parse/_columns.c",),
    "pipeline.parse.dump._bz2_blocks": (
        f"{_DUMP}/_bz2_blocks.c",
        f"{_DUMP}/_bz2_read.c",
        f"{_DUMP}/_bz2_unsort.c",
        f"{_DUMP}/_bz2_blocks.h",
    ),
    "pipeline.parse.dump._page_layout": (f"{_DUMP}/_page_layout.c",),
    "pipeline.parse.wikidata._groups": ("pipeline/parse/wikidata/_groups.c",),
    "pipeline.parse.wikitext._scanner": (
        *(f"{_WIKITEXT}/_scanner{part}.c" for part in ("", "_links", "_names", "_text")),
        f"{_WIKITEXT}/_scanner.h",
    ),
}
"""Module → its files from the root on."""
DIGEST = "XLMK_SOURCES"
"""The macro that each module is built with, and has as an attribute: the digest of its files."""


def sources_digest(name: str) -> str | None:
    """Digest of the files of a native module; None where one is not there, as in an installed package."""
    found = hashlib.blake2b(digest_size=16)
    for path in SOURCES[name]:
        try:
            found.update(path.encode() + b"\0" + (ROOT / path).read_bytes() + b"\0")
        except OSError:
            return None
    return found.hexdigest()


def is_current(module: ModuleType | None) -> bool:
    """Whether there is this native module, and none of its files has changed since it was built.

    >>> is_current(None)
    False
    """
    if module is None:
        return False
    here = sources_digest(module.__name__)
    return here is None or getattr(module, DIGEST, None) == here

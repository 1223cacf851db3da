"""Which modules of the parser are compiled by mypyc, from which sources, and how their copies are written.

`setup.py` loads this file by its path while it builds: the standard library alone is imported here.
"""

import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).parent
PACKAGE = "pipeline.parse.wikitext"
COMPILED = "pipeline.parse.wikitext_compiled"
MODULES = (
    "blocks", "brackets", "elements", "extension_tags", "external_links", "finish", "headings", "images", "links",
    "marks", "name_search", "own_templates", "page", "parser_functions", "preprocess", "propagate", "quotes", "state",
    "tables", "tags", "targets", "template_patterns", "templates", "terms", "titles", "transclusion", "variants",
)  # fmt: skip
"""The passes and what they call. `model`, whose classes others see, stays in Python, and what few pages need."""
_IMPORT = re.compile(rf"^from {re.escape(PACKAGE)}\.({'|'.join(MODULES)}) import", re.MULTILINE)
_MODULE_IMPORT = re.compile(rf"^from {re.escape(PACKAGE)} import ([a-z_, ]+)$", re.MULTILINE)


def sources_digest() -> str:
    """Digest of every source that the compiled modules rest on: another digest, and they may be other than Python's."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted([*FOLDER.glob("*.py"), FOLDER.parents[1] / "records.py"]):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def compiled_copy(source: str) -> str:
    """A module's text with its imports of compiled modules leading to their compiled copies.

    >>> compiled_copy("from pipeline.parse.wikitext.links import x\\nfrom pipeline.parse.wikitext.model import y")
    'from pipeline.parse.wikitext_compiled.links import x\\nfrom pipeline.parse.wikitext.model import y'
    """
    return _MODULE_IMPORT.sub(_parted_import, _IMPORT.sub(rf"from {COMPILED}.\1 import", source))


def _parted_import(found: re.Match[str]) -> str:
    """`from … import marks, scanner` as one line for each module, of the package where it is."""
    names = found[1].split(", ")
    return "\n".join(f"from {COMPILED if name in MODULES else PACKAGE} import {name}" for name in names)


def write_copies(folder: Path) -> list[Path]:
    """Writes the copies of all modules, and one that says of which sources they are."""
    folder.mkdir(parents=True, exist_ok=True)
    copies = {name: compiled_copy((FOLDER / f"{name}.py").read_text(encoding="utf-8")) for name in MODULES}
    copies["sources"] = f'"""Which sources the compiled modules are of."""\n\nDIGEST = "{sources_digest()}"\n'
    for name, text in copies.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return [folder / f"{name}.py" for name in sorted(copies)]

"""House rules that no other tool checks: file length, no relative imports or `utils.py`, documented public things.

Prints each breach as `path:line: what` and exits with 1 if there is any.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_LINES = 300
SOURCE = ("pipeline/", "xlmk_model/", "cli/")
POSSESSIVE_GROUP = re.compile(r"(?:\)|[A-Z]{2})(?:[*+?]|\{[0-9,]*\})\+")
"""A group that is repeated possessively, or a name that stands for one: Python before 3.11.5 (Debian 12 has 3.11.2)
matches too much there (python/cpython, issues 106052 and 100061); `(?>(?:...)*)` says the same."""


def breaches(path: Path, name: str) -> Iterator[str]:
    """What is wrong with one Python file; `name` is its path below the repository's root."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield f"{name}:{MAX_LINES}: {lines} lines, at most {MAX_LINES}"
    if path.name == "utils.py":
        yield f"{name}:1: no utils.py: name the file for what it does"
    if not name.startswith(SOURCE):
        return
    tree = ast.parse(text)
    for number, line in enumerate(text.splitlines(), 1):
        if POSSESSIVE_GROUP.search(line):
            yield f"{name}:{number}: possessive repeat of a group, wrong before Python 3.11.5: write (?>(?:...)*)"
    if text.strip() and ast.get_docstring(tree) is None:
        yield f"{name}:1: module without a docstring"
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ExceptHandler)
            and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
            and name != "pipeline/manifest/parts.py"
        ):
            yield f"{name}:{node.lineno}: broad except (only the per-page guard may)"
    for node in public_things(tree):
        if ast.get_docstring(node) is None:
            yield f"{name}:{node.lineno}: {node.name} has no docstring"


def public_things(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Functions and classes of a module, and methods of its public classes, whose name has no leading underscore."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        yield inner


def main() -> int:
    """Checks all tracked (and new, not ignored) Python files."""
    root = Path(__file__).resolve().parents[1]
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    found = [line for name in sorted(listing) if (root / name).exists() for line in breaches(root / name, name)]
    for line in found:
        print(line)
    print(f"{len(listing)} files, {len(found)} breaches of the house rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

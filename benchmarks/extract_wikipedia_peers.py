"""The peers of `benchmarks.extract_wikipedia`: how they are installed, apart and pinned, and how they are called."""

import subprocess
import sys
from pathlib import Path

from benchmarks.extract_wikipedia_input import FOLDER

VERSIONS = {
    "WikiExtractor": "wikiextractor==3.1.0",
    "gensim segment_wiki": "gensim==4.4.0",
    "wikipedia2vec build-dump-db": "wikipedia2vec==2.0.0",
}
BOUNDS = {"WikiExtractor": (4, 6), "gensim segment_wiki": (10, 20), "wikipedia2vec build-dump-db": (12, 20)}
"""How many times our speed is theirs: at least, aim."""
PEERS = FOLDER / "peers"
PYTHON = PEERS / "bin" / "python"


def install() -> dict[str, str]:
    """Peer → why it is not there, empty where it is; each is installed once, into an environment of their own."""
    if not PYTHON.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    found = {}
    for name, requirement in VERSIONS.items():
        package, _, version = requirement.partition("==")
        code = f"import importlib.metadata as m; assert m.version({package!r}) == {version!r}"
        if subprocess.run([str(PYTHON), "-c", code], check=False, capture_output=True).returncode == 0:
            found[name] = ""
            continue
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        found[name] = "" if done.returncode == 0 else done.stderr.strip()[-200:] or "pip failed"
    return found


def commands(name: str, dump: Path, folder: Path) -> list[object]:
    """The command line of a peer on a dump, one process, its output into `folder`."""
    if name == "WikiExtractor":
        module = [PYTHON, "-m", "wikiextractor.WikiExtractor", dump, "--html", "--no-templates"]
        return [*module, "--processes", 1, "-q", "-o", folder / "out"]
    if name == "gensim segment_wiki":
        return [PYTHON, "-m", "gensim.scripts.segment_wiki", "-f", dump, "-o", folder / "out.json.gz", "-w", 1, "-i"]
    return [PYTHON.parent / "wikipedia2vec", "build-dump-db", dump, folder / "out.db", "--pool-size", 1]

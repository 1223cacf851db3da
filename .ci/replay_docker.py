"""Replays the Dockerfiles' `pip` lines and entry points in clean virtual environments: no container engine runs in CI.

For each image: the wheel is built as the build stage does it, installed with the image's own extra and constraints, and
then the command answers `--help`, what the image must hold imports, and what it must not hold is absent.
"""

import json
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = {
    "pipeline": {"has": ["apache_beam", "duckdb", "pipeline.jobs.engine"], "lacks": ["torch", "transformers"]},
    "trainer": {"has": ["torch", "transformers", "xlmk_model"], "lacks": ["apache_beam", "duckdb"]},
}


def pip_lines(dockerfile: Path) -> list[str]:
    """The arguments of every `python -m pip` line of a Dockerfile, in order."""
    return re.findall(r"^RUN python -m pip (.*)$", dockerfile.read_text(), re.M)


def run(*command: str) -> None:
    print("+", *command, flush=True)
    subprocess.run(command, check=True)


def replay(image: str, folder: Path) -> None:
    """Builds and installs as the Dockerfile says, with its paths moved into `folder`; raises where anything fails."""
    dockerfile = ROOT / "docker" / f"{image}.Dockerfile"
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    (folder / "wheels").mkdir()
    (folder / "wheels" / "constraints.txt").write_text((ROOT / "constraints.txt").read_text())
    lines = pip_lines(dockerfile)
    assert len(lines) == 2, f"{dockerfile.name}: one wheel line and one install line expected, found {len(lines)}"
    for line in lines:
        command = f"cd '{ROOT}' && '{python}' -m pip --quiet --disable-pip-version-check " + line.replace(
            "/wheels", str(folder / "wheels")
        )
        run("bash", "-euc", command)
    run(str(folder / "venv" / "bin" / "xlmk"), "--help")
    code = (
        "import importlib, importlib.util, json, sys; a = json.loads(sys.argv[1]);"
        "[importlib.import_module(m) for m in a['has']];"
        "bad = [m for m in a['lacks'] if importlib.util.find_spec(m)]; assert not bad, bad"
    )
    run(python, "-c", code, json.dumps(IMAGES[image]))
    assert "USER xlmk" in dockerfile.read_text(), f"{dockerfile.name} must not run as root"


def main() -> None:
    """Replays the images named on the command line, or all."""
    for image in sys.argv[1:] or sorted(IMAGES):
        with tempfile.TemporaryDirectory() as folder:
            replay(image, Path(folder))
        print(f"{image}: pip lines and entry point replayed", flush=True)


if __name__ == "__main__":
    main()

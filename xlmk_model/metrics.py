"""metrics.jsonl: one JSON object a line, in order of steps. A resumed run drops the lines after its checkpoint."""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Value = float | int | str | None | dict[str, float]
Sums = dict[str, float]
"""Running sums since the last line of metrics; part of the checkpoint, so that resumed lines equal unbroken ones."""


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics file; a last line that was cut off by a kill is dropped."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]


def append_metrics(path: Path, line: Mapping[str, Value]) -> None:
    """Append one line. Values that are not finite become text, since JSON has no word for them."""
    safe = {
        key: repr(value) if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in line.items()
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(safe) + "\n")


def drop_after(path: Path, step: int) -> None:
    """Keep only the lines of steps up to `step`."""
    kept = [line for line in read_metrics(path) if line["step"] <= step]
    staged = path.with_suffix(".staged")
    staged.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    os.replace(staged, path)


def add_sums(sums: Sums, new: Mapping[str, float]) -> None:
    """Add each value to the sum of its name, in place."""
    for key, value in new.items():
        sums[key] = sums.get(key, 0.0) + value


def grouped(values: Mapping[str, float]) -> dict[str, Value]:
    """Names of the form GROUP/NAME put together under GROUP.

    >>> grouped({"mlm": 2.0, "mep_text/de": 0.25, "mep_text/en": 0.75})
    {'mlm': 2.0, 'mep_text': {'de': 0.25, 'en': 0.75}}
    """
    found: dict[str, Value] = {}
    for full, value in values.items():
        group, slash, name = full.partition("/")
        own = found.setdefault(group, {}) if slash else None
        if isinstance(own, dict):
            own[name] = value
        else:
            found[full] = value
    return found


def means(sums: Mapping[str, float]) -> dict[str, float]:
    """Every `X_sum` divided by its `X_count`, if that is above 0.

    >>> means({"mlm_sum": 6.0, "mlm_count": 2.0, "oe_sum": 0.0, "oe_count": 0.0})
    {'mlm': 3.0}
    """
    names = [key.removesuffix("_sum") for key in sums if key.endswith("_sum")]
    return {name: sums[f"{name}_sum"] / sums[f"{name}_count"] for name in names if sums.get(f"{name}_count")}

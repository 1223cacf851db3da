"""Every knob with its default and the text under its field: docs/training.md has this table, a test compares."""

import ast
import inspect
from dataclasses import is_dataclass
from typing import Any, get_type_hints

from xlmk_model.config.overrides import known_keys, to_flat
from xlmk_model.config.reasons import REASONS
from xlmk_model.config.training import TrainConfig


def field_texts(kind: type) -> dict[str, str]:
    """Field name → the docstring under it, in one line.

    >>> field_texts(TrainConfig)["steps"]
    'Optimizer steps of the whole schedule.'
    """
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for entry, following in zip(body.body, body.body[1:], strict=False):
        if isinstance(entry, ast.AnnAssign) and isinstance(following, ast.Expr):
            assert isinstance(entry.target, ast.Name) and isinstance(following.value, ast.Constant)
            texts[entry.target.id] = " ".join(str(following.value.value).split())
    return texts


def knob_table() -> str:
    """A Markdown table of all knobs: key, unit, default of the plain `TrainConfig` with its reason, text."""
    defaults = to_flat(TrainConfig())
    hints: dict[str, Any] = get_type_hints(TrainConfig)
    lines = ["| key | unit | default | why | meaning |", "|---|---|---|---|---|"]
    for key in known_keys(TrainConfig):
        section, dot, name = key.partition(".")
        owner = hints[section] if dot and is_dataclass(hints[section]) else TrainConfig
        assert isinstance(owner, type)
        unit, reason = REASONS[key]
        lines.append(f"| `{key}` | {unit} | {defaults[key]} | {reason} | {field_texts(owner)[name or section]} |")
    return "\n".join(lines)

"""`--set KEY=VALUE`: dotted keys of `TrainConfig`, and a configuration as plain JSON and back."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pipeline.errors import ConfigError
from xlmk_model.config.training import TrainConfig


def known_keys(kind: type, prefix: str = "") -> dict[str, Any]:
    """Every leaf key of a config class in dotted form, with its type.

    >>> keys = known_keys(TrainConfig)
    >>> keys["optim.lr"], keys["steps"]
    (<class 'float'>, <class 'int'>)
    """
    found: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for entry in fields(kind):
        hint = hints[entry.name]
        if is_dataclass(hint):
            found |= known_keys(hint, f"{prefix}{entry.name}.")  # type: ignore[arg-type]
        else:
            found[f"{prefix}{entry.name}"] = hint
    return found


def _parse(key: str, text: str, hint: Any) -> Any:
    if get_origin(hint) is UnionType:  # only `X | None` occurs
        if text.lower() == "none":
            return None
        hint = next(option for option in get_args(hint) if option is not NoneType)
    if get_origin(hint) is Literal:
        if text in get_args(hint):
            return text
        raise ConfigError(f"{key} = {text!r}: must be one of {', '.join(get_args(hint))}")
    if hint is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise ConfigError(f"{key} = {text!r}: must be true or false")
    try:
        return hint(text)
    except ValueError:
        raise ConfigError(f"{key} = {text!r}: must be of type {hint.__name__}") from None


def _full_key(key: str, keys: Mapping[str, Any]) -> str:
    matches = [known for known in keys if known == key] or [known for known in keys if known.split(".")[-1] == key]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ConfigError(f"key {key!r} is ambiguous: {', '.join(matches)}")
    raise ConfigError(f"unknown key {key!r}; known keys: {', '.join(sorted(keys))}")


def _replaced(config: Any, changes: Mapping[str, Any]) -> Any:
    own = {key: value for key, value in changes.items() if "." not in key}
    for section in {key.split(".")[0] for key in changes if "." in key}:
        inner = {key.partition(".")[2]: value for key, value in changes.items() if key.startswith(f"{section}.")}
        own[section] = _replaced(getattr(config, section), inner)
    return replace(config, **own)


def with_overrides(config: TrainConfig, assignments: Iterable[str]) -> TrainConfig:
    """The configuration with `KEY=VALUE` texts applied; a key may be dotted (`optim.lr`) or its last part if unique.

    Raises ConfigError naming the key and, if it is unknown, the known keys.

    >>> changed = with_overrides(TrainConfig(), ["optim.lr=1e-3", "steps=7", "grad_cache=true"])
    >>> changed.optim.lr, changed.steps, changed.knowledge.grad_cache
    (0.001, 7, True)
    >>> with_overrides(TrainConfig(), ["steps=many"])
    Traceback (most recent call last):
    ...
    pipeline.errors.ConfigError: steps = 'many': must be of type int
    """
    keys = known_keys(type(config))
    changes: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigError(f"{assignment!r} is not of the form KEY=VALUE", next_step="--set steps=100")
        full = _full_key(key.strip(), keys)
        changes[full] = _parse(full, text.strip(), keys[full])
    result: TrainConfig = _replaced(config, changes)
    return result


def to_flat(config: TrainConfig) -> dict[str, Any]:
    """The configuration as dotted keys with JSON values (paths as text)."""
    flat: dict[str, Any] = {}
    for key in known_keys(type(config)):
        value: Any = config
        for part in key.split("."):
            value = getattr(value, part)
        flat[key] = str(value) if isinstance(value, Path) else value
    return flat


def from_flat(flat: Mapping[str, Any]) -> TrainConfig:
    """Inverse of `to_flat`; keys that are missing keep their default, unknown ones raise ConfigError.

    >>> from_flat(to_flat(TrainConfig(steps=3))) == TrainConfig(steps=3)
    True
    """
    keys = known_keys(TrainConfig)
    unknown = sorted(set(flat) - set(keys))
    if unknown:
        raise ConfigError(f"unknown keys {', '.join(unknown)}; known keys: {', '.join(sorted(keys))}")
    paths = {"shards", "out", "init"}
    values = {key: Path(value) if key in paths and value is not None else value for key, value in flat.items()}
    result: TrainConfig = _replaced(TrainConfig(), values)
    return result

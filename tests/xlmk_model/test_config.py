"""Configuration: overrides by name, errors that name keys, presets that are whole."""

import pytest

from pipeline.errors import ConfigError
from xlmk_model.config import PRESETS, TrainConfig, from_flat, known_keys, preset, to_flat, with_overrides


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_survive_the_way_through_json(name: str) -> None:
    config = preset(name)
    assert config.preset == name
    assert from_flat(to_flat(config)) == config


def test_unknown_key_names_itself_and_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'learning_rate'; known keys: .*optim\.lr"):
        with_overrides(TrainConfig(), ["learning_rate=1"])


def test_assignment_without_a_value() -> None:
    with pytest.raises(ConfigError, match="'heads' is not of the form KEY=VALUE"):
        with_overrides(TrainConfig(), ["heads"])


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("optim.lr=-1", r"optim\.lr = -1\.0: must be above 0"),
        ("model.heads=7", r"model\.heads = 7: must divide model\.hidden = 768"),
        ("mlm.mask_share=1.5", r"mlm\.mask_share = 1\.5: must lie between 0 and 1"),
        ("data.max_tokens=600", r"data\.max_tokens = 600: must be at most model\.positions - 2 = 512"),
        ("own_side=maybe", r"knowledge\.own_side = 'maybe': must be true or false"),
        ("model.head_norm=group", r"model\.head_norm = 'group': must be one of layer, batch, none"),
    ],
)
def test_bad_values_name_the_key(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_overrides(TrainConfig(), [assignment])


def test_optional_paths() -> None:
    config = with_overrides(TrainConfig(), ["init=some/model"])
    assert str(config.init) == "some/model"
    assert with_overrides(config, ["init=none"]).init is None


def test_every_key_can_be_set_to_its_own_default() -> None:
    flat = to_flat(TrainConfig())
    assignments = [f"{key}={flat[key]}" for key in known_keys(TrainConfig)]
    assert with_overrides(TrainConfig(), assignments) == TrainConfig()

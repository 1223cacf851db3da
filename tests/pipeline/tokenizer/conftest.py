"""A tokenizer trained once on a few hundred sentences."""

from pathlib import Path

import pytest

from pipeline.tokenizer import load_tokenizer
from pipeline.tokenizer.sentencepiece_model import parse_model
from pipeline.tokenizer.tokenizer import Tokenizer
from pipeline.tokenizer.training import train_model
from pipeline.tokenizer.xlmr import build_backend, xlmr_vocabulary
from tests.pipeline.tokenizer.texts import TEXTS

VOCAB_SIZE = 210
XLMR_MODEL = "tokenizer/xlmr.sentencepiece.model"


def sentences() -> list[str]:
    """The texts' words in many combinations."""
    words = [word for text in TEXTS for word in text.split()]
    return [" ".join(words[(n * 7 + k * (1 + n % 5)) % len(words)] for k in range(6)) for n in range(400)] + words


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tokenizer of VOCAB_SIZE ids."""
    folder = tmp_path_factory.mktemp("tokenizer")
    data = train_model(iter(sentences()), vocab_size=VOCAB_SIZE, character_coverage=1.0)
    model = parse_model(data)
    Tokenizer(folder, build_backend(xlmr_vocabulary(model), model.charsmap), data).write(folder)
    return folder


@pytest.fixture(scope="session")
def tokenizer(trained: Path) -> Tokenizer:
    """The trained one, loaded."""
    return load_tokenizer(trained)

"""Vocabularies trained on tables and extended by a language."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, InputError, MissingTableError
from pipeline.jobs.tokenizer import extend_tokenizer, train_tokenizer
from pipeline.records import EntityText, Passage
from pipeline.tokenizer import load_tokenizer
from tests.pipeline.jobs.shards_world import passage_text, write, write_world

LATIN = [passage_text("en", page, 1, 3)[0] for page in range(1, 30)]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("tables"))


def names_and_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_same_tables_same_bytes(tables: Path, tmp_path: Path) -> None:
    report = train_tokenizer(tables, 400, tmp_path / "a")
    train_tokenizer(tables, 400, tmp_path / "b")
    assert names_and_bytes(tmp_path / "a") == names_and_bytes(tmp_path / "b")
    assert report.vocab_size == load_tokenizer(tmp_path / "a").vocab_size == 400
    assert report.texts == report.sampled == {"ar": 205, "en": 205, "ja": 205}
    assert all(3 not in ids for ids in load_tokenizer(tmp_path / "a").ids(LATIN))


def test_languages_are_sampled_by_their_share(tables: Path, tmp_path: Path) -> None:
    shutil.copytree(tables, tmp_path / "KB")
    more = [Passage(1000 + n, 0, (), "paragraph", text, ()) for n, text in enumerate(LATIN * 40)]
    write(tmp_path / "KB", "passages", list(more), "en", "more")
    flat = train_tokenizer(tmp_path / "KB", 300, tmp_path / "flat", alpha=0, max_texts=300, character_coverage=0.99)
    assert flat.texts["en"] == 1365 and all(70 < number < 130 for number in flat.sampled.values())
    raw = train_tokenizer(tmp_path / "KB", 300, tmp_path / "raw", alpha=1, max_texts=300, character_coverage=0.99)
    assert raw.sampled["en"] > 4 * raw.sampled["ja"] > 0 and sum(raw.sampled.values()) < 400
    english = train_tokenizer(tables, 150, tmp_path / "en", languages=("en",))
    assert list(english.texts) == ["en"]
    assert load_tokenizer(tmp_path / "en").ids(["東京"])[0].tolist()[-2] == 3


def test_an_extension_moves_no_id_and_says_what_it_came_from(tables: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    train_tokenizer(tables, 150, tmp_path / "old", languages=("en",))
    report = extend_tokenizer(tmp_path / "old", tables, "ja", 60, tmp_path / "new")
    old, new = load_tokenizer(tmp_path / "old"), load_tokenizer(tmp_path / "new")
    assert (report.first_id, report.added, new.vocab_size, new.mask) == (150, 60, 210, 149)
    assert [new.backend.id_to_token(n) for n in range(150)] == [old.backend.id_to_token(n) for n in range(150)]
    assert [ids.tolist() for ids in new.ids(LATIN)] == [ids.tolist() for ids in old.ids(LATIN)]
    japanese = [passage_text("ja", page, 1, 3)[0] for page in range(1, 30)]
    assert 3 in old.ids(japanese)[0] and all(max(ids) >= 150 for ids in new.ids(japanese))
    theirs = AutoTokenizer.from_pretrained(str(tmp_path / "new"))
    assert [theirs(text)["input_ids"] for text in japanese] == [ids.tolist() for ids in new.ids(japanese)]
    value = json.loads((tmp_path / "new" / "extension.json").read_text())
    assert value["old_digest"] == old.digest and value["old_vocab_size"] == 150 and value["digest"] == new.digest
    assert sorted(map(int, value["old_ids"])) == list(range(150, 210))
    for new_id, ids in value["old_ids"].items():
        piece = new.backend.id_to_token(int(new_id))
        spelled = "".join(old.backend.id_to_token(token) for token in ids)
        assert ids == [3] or set(spelled) <= set(piece)
    extend_tokenizer(tmp_path / "old", tables, "ja", 60, tmp_path / "again")
    assert names_and_bytes(tmp_path / "again") == names_and_bytes(tmp_path / "new")
    twice = extend_tokenizer(tmp_path / "new", tables, "ar", 40, tmp_path / "twice")
    assert (twice.first_id, load_tokenizer(tmp_path / "twice").mask) == (210, 149)


def test_pieces_of_known_letters_come_from_what_spelled_them(tables: Path, tmp_path: Path) -> None:
    train_tokenizer(tables, 120, tmp_path / "old", languages=("en",))
    report = extend_tokenizer(tmp_path / "old", tables, "en", 20, tmp_path / "new")
    assert report.tokens_after < report.tokens_before
    old, new = load_tokenizer(tmp_path / "old"), load_tokenizer(tmp_path / "new")
    value = json.loads((tmp_path / "new" / "extension.json").read_text())
    for new_id, ids in value["old_ids"].items():
        spelled = "".join(old.backend.id_to_token(token) for token in ids)
        assert len(ids) > 1 and spelled == new.backend.id_to_token(int(new_id))


def test_bad_input_is_one_clear_error(tables: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingTableError, match="no table 'passages'.*next: xlmk extract wikipedia"):
        train_tokenizer(tmp_path, 100, tmp_path / "out")
    with pytest.raises(
        ConfigError, match=r"--vocab-size 90000 is more than these texts carry: \d+ at most; next: --vocab"
    ):
        train_tokenizer(tables, 90_000, tmp_path / "out")
    with pytest.raises(ConfigError, match="Vocabulary size is smaller than required_chars"):
        train_tokenizer(tables, 20, tmp_path / "out")
    with pytest.raises(ConfigError, match="--alpha 2"):
        train_tokenizer(tables, 20, tmp_path / "out", alpha=2)
    assert not (tmp_path / "out").exists()
    train_tokenizer(tables, 400, tmp_path / "old")
    with pytest.raises(InputError, match="no text in it under"):
        extend_tokenizer(tmp_path / "old", tables, "it", 10, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"--new-pieces 50000 is more than the texts in ja carry: \d+ are new"):
        extend_tokenizer(tmp_path / "old", tables, "ja", 50_000, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_labels_without_a_language_are_left_out(tables: Path, tmp_path: Path) -> None:
    shutil.copytree(tables, tmp_path / "KB")
    texts = [EntityText("mul", "mul", 9, "ჱჲჳ", None, (), "mul", None)]
    write(tmp_path / "KB", "entity_texts", list(texts))
    assert "mul" not in train_tokenizer(tmp_path / "KB", 400, tmp_path / "out", character_coverage=1.0).texts
    assert 3 in load_tokenizer(tmp_path / "out").ids(["ჱ"])[0]

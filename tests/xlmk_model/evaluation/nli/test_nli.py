"""XNLI: every layout gives the same pairs; accuracy; errors with line and reason."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError
from xlmk_model.evaluation.nli.examples import LABELS, read_pairs
from xlmk_model.evaluation.scoring import score_predictions

PAIRS = [("Er ging.", "Er blieb.", 2), ('"Ja', "Nein", 1), ("Es regnet", "Es ist nass", 0)]


def layouts(folder: Path) -> list[Path]:
    official = "language\tgold_label\tsentence1_binary_parse\tsentence1\tsentence2\tpairID\n"
    official += "".join(f"{lang}\t{LABELS[y]}\t(p)\t{p}\t{h}\t7\n" for lang in ("ar", "de") for p, h, y in PAIRS)
    official += "de\t-\t(p)\tohne\tMehrheit\t8\n"
    (folder / "official.tsv").write_text(official)
    rows = [{"language": "de", "gold_label": LABELS[y], "sentence1": p, "sentence2": h} for p, h, y in PAIRS]
    (folder / "official.jsonl").write_text("\n".join(map(json.dumps, [*rows, {**rows[0], "language": "fr"}])))
    columns = "".join(f"{p}\t{h}\t{LABELS[y]}\r\n" for p, h, y in PAIRS)
    (folder / "xtreme.tsv.gz").write_bytes(gzip.compress(columns.encode()))
    translated = "premise\thypo\tlabel\n" + "".join(f"{p}\t{h}\t{LABELS[y]}\n" for p, h, y in PAIRS)
    (folder / "multinli.tsv").write_text(translated.replace("contradiction", "contradictory"))
    plain = [{"premise": p, "hypothesis": h, "label": y} for p, h, y in PAIRS]
    pq.write_table(pa.Table.from_pylist(plain), folder / "hf.parquet")
    (folder / "hf.json").write_text(json.dumps(plain))
    everywhere = [
        {"premise": {"de": p, "en": "x"}, "label": y, "hypothesis": {"language": ["en", "de"], "translation": ["z", h]}}
        for p, h, y in PAIRS
    ]
    (folder / "all_languages.jsonl").write_text("\n".join(map(json.dumps, everywhere)))
    return sorted(folder.iterdir())


def test_all_layouts_give_the_same_pairs(tmp_path: Path) -> None:
    paths = layouts(tmp_path)
    assert len(paths) == 7
    for path in paths:
        found = [(pair.premise, pair.hypothesis, pair.label) for pair in read_pairs(path, "de")]
        assert found == PAIRS, path.name


def test_numbers_follow_the_names_that_a_parquet_file_declares(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{"premise": "p", "hypothesis": "h", "label": 0}])
    features = {"info": {"features": {"label": {"names": ["contradiction", "neutral", "entailment"]}}}}
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(features)}), tmp_path / "a.parquet")
    assert read_pairs(tmp_path / "a.parquet")[0].label == LABELS.index("contradiction")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a\tb\tneutral\na\tb\n", r"a\.tsv:2: 2 columns, expected 3"),
        ("a\tb\tmaybe\n", r"a\.tsv:1: label 'maybe', expected one of entailment"),
        ("language\tgold_label\tsentence1\tsentence2\nde\tneutral\ta\tb\nfr\tneutral\ta\tb\n", "no pair in 'sw'"),
        ('{"premise": "a", "label": 1}\n', r"a\.tsv:1: lacks hypothesis"),
        ("a\tb\tneutral\n\xff", "is not UTF-8"),
    ],
)
def test_errors_say_line_and_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "a.tsv").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=reason):
        read_pairs(tmp_path / "a.tsv", "sw")


@pytest.mark.parametrize(
    "predictions",
    [
        "contradiction\nneutral\nneutral\n",
        "2\n1\n1\n",
        "prediction\ncontradictory\nneutral\n1\n",
        '["contradiction", 1, "neutral"]',
        '{"de": [2, 1, 1], "fr": [0]}',
        '{"0": 2, "2": "neutral", "1": 1}',
        '{"id": 1, "prediction": 2}\n{"id": 2, "prediction": "neutral"}\n{"prediction": 1}\n',
    ],
)
def test_accuracy_of_predictions_in_every_layout(tmp_path: Path, predictions: str) -> None:
    test = tmp_path / "test.tsv"
    test.write_text("".join(f"{p}\t{h}\t{LABELS[y]}\n" for p, h, y in PAIRS))
    (tmp_path / "predictions").write_text(predictions)
    report = score_predictions("xnli", [str(tmp_path / "predictions")], [f"de={test}"])
    assert report.metrics == {"de": {"accuracy": pytest.approx(200 / 3)}}


def test_too_few_predictions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text("a\tb\tneutral\nc\td\tneutral\n")
    (tmp_path / "predictions").write_text("neutral\n")
    with pytest.raises(InputError, match="1 predictions, but the test file has 2 labelled pairs"):
        score_predictions("xnli", [str(tmp_path / "predictions")], [f"de={tmp_path / 'test.tsv'}"])


def test_real_files_read_whole_and_gold_scores_100(shared_data: Path) -> None:
    for lang in ("de", "en", "fr", "sw", "zh"):
        path = shared_data / "eval" / "xnli-dev" / f"dev-{lang}.tsv.gz"
        assert len(read_pairs(path, lang)) == 2490
        warnings: list[str] = []
        report = score_predictions("xnli", [str(path)], [f"{lang}={path}"], warn=warnings.append)
        assert (report.metrics, warnings) == ({lang: {"accuracy": 100.0}}, [])
    wrong: list[str] = []
    score_predictions("xnli", [str(path)], [f"el={path}"], warn=wrong.append)
    assert len(wrong) == 2  # by name and by script

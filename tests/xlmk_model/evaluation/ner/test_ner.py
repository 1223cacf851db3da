"""NER: entity F1 equals seqeval's default mode; IOB1 and IOB2 are told apart; every layout is read."""

import gzip
import json
import random
import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities

from pipeline.errors import InputError
from xlmk_model.evaluation.ner.examples import read_tagged
from xlmk_model.evaluation.ner.score import aggregate, sentence_counts
from xlmk_model.evaluation.ner.tags import entities, scheme_of, to_iob2
from xlmk_model.evaluation.scoring import score_predictions

ALL_TAGS = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("LOC", "PER"))]


def seqeval_scores(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        functions = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
        return {name: 100 * function(gold, predicted) for name, function in functions.items()}


def test_entities_equal_seqevals_on_all_kinds_of_broken_sequences() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        tags = [rng.choice(ALL_TAGS) for _ in range(rng.randint(1, 9))]
        expected = [(kind, start, end + 1) for kind, start, end in get_entities(tags)]
        assert entities(tags) == expected, tags
        assert entities(to_iob2(tags)) == expected


def test_scores_equal_seqevals() -> None:
    rng = random.Random(2)
    for size in (1, 2, 30):
        gold = [[rng.choice(ALL_TAGS[:5]) for _ in range(rng.randint(1, 9))] for _ in range(size)]
        predicted = [[tag if rng.random() < 0.7 else rng.choice(ALL_TAGS) for tag in tags] for tags in gold]
        assert aggregate(sentence_counts(gold, predicted)) == pytest.approx(seqeval_scores(gold, predicted), abs=1e-9)


def spoil(tags: list[str], rng: random.Random) -> list[str]:
    """Tags as a tagger might give them: wrong types, missing B- (stray I-), lost entities."""
    wrong = {"B": "I", "I": "B"}
    return [
        "O" if rng.random() < 0.1 else wrong[tag[0]] + tag[1:] if tag != "O" and rng.random() < 0.2 else tag
        for tag in tags
    ]


@pytest.mark.parametrize("name", ["panx/dev-de.tsv.gz", "panx/dev-zh.tsv.gz", "masakhaner1/yor-test.txt"])
def test_scores_equal_seqevals_on_real_files_with_stray_tags(shared_data: Path, tmp_path: Path, name: str) -> None:
    path = shared_data / "eval" / name
    sentences = read_tagged(path).sentences
    gold = [list(sentence.tags) for sentence in sentences]
    rng = random.Random(name)
    predicted = [spoil(tags, rng) for tags in gold]
    assert any(tags[0].startswith("I-") for tags in predicted)
    expected = seqeval_scores(gold, predicted)
    assert 20 < expected["f1"] < 80
    file = tmp_path / "predictions.txt"
    file.write_text("\n\n".join("\n".join(tags) for tags in predicted))
    report = score_predictions("ner", [str(file)], [f"de={path}"])
    assert report.metrics["de"] == pytest.approx(expected, abs=1e-9)


def test_real_files_are_iob2_and_read_whole(shared_data: Path) -> None:
    counts = {}
    for path in sorted((shared_data / "eval").glob("panx/*.gz")) + sorted((shared_data / "eval").glob("masakhaner1/*")):
        tagged = read_tagged(path)
        assert tagged.scheme == "IOB2", path.name
        counts[path.name] = (len(tagged.sentences), sum(len(sentence.tokens) for sentence in tagged.sentences))
    assert counts["dev-de.tsv.gz"] == (10000, 97805)
    assert counts["swa-dev.txt"] == (300, 7263)


def test_iob1_is_told_apart_and_converted(tmp_path: Path) -> None:
    (tmp_path / "iob1.txt").write_text(
        "-DOCSTART- -X- O O\n\nU.N. NNP I-NP I-ORG\nofficial NN I-NP O\n\nBerlin NNP I-NP I-LOC\nParis NNP B-NP B-LOC\n"
    )
    tagged = read_tagged(tmp_path / "iob1.txt")
    assert tagged.scheme == "IOB1"
    assert [sentence.tags for sentence in tagged.sentences] == [("B-ORG", "O"), ("B-LOC", "B-LOC")]
    assert [sentence.line for sentence in tagged.sentences] == [3, 6]
    assert scheme_of([["O"], ["I-LOC", "O", "B-LOC"]]) == "IOB2"


def test_all_layouts_give_the_same_sentences(tmp_path: Path) -> None:
    expected = [(("New", "York", ":"), ("B-LOC", "I-LOC", "O")), (("#",), ("O",))]
    (tmp_path / "panx.tsv").write_text(
        "".join("".join(f"en:{t}\t{y}\n" for t, y in zip(*s, strict=True)) + "\n" for s in expected)
    )
    columns = "".join("".join(f"{t} {y}\n" for t, y in zip(*s, strict=True)) + "\n" for s in expected)
    (tmp_path / "conll.txt.gz").write_bytes(gzip.compress(columns.encode()))
    rows = [
        {"tokens": list(tokens), "ner_tags": [["O", "", "", "", "", "B-LOC", "I-LOC"].index(tag) for tag in tags]}
        for tokens, tags in expected
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "hf.parquet")
    (tmp_path / "hf.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "names.json").write_text(json.dumps([{"tokens": t, "ner_tags": y} for t, y in expected]))
    for path in sorted(tmp_path.iterdir()):
        tagged = read_tagged(path, "en")
        assert [(s.tokens, s.tags) for s in tagged.sentences] == expected, path.name
    assert read_tagged(tmp_path / "panx.tsv").declared_language == "en"


def test_tag_numbers_follow_the_names_that_a_parquet_file_declares(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{"tokens": ["x", "y"], "ner_tags": [1, 0]}])
    features = {"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-DATE"]}}}}}
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(features)}), tmp_path / "a.parquet")
    assert read_tagged(tmp_path / "a.parquet").sentences[0].tags == ("B-DATE", "O")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("Berlin B-LOC\nist\n", r"a\.txt:2: one column \('ist'\), expected a token and its tag"),
        ("Berlin B-LOC\nist LOC\n", r"a\.txt:2: tag 'LOC', expected O or B-TYPE"),
        ("\n\n", "has no tagged sentences"),
        ('{"tokens": ["a", "b"], "ner_tags": [0]}', r"a\.txt:1: 2 tokens, 1 tags"),
        ('{"tokens": ["a"], "ner_tags": [8]}', r"a\.txt:1: tag number 8: only 0 to 6 are known"),
    ],
)
def test_errors_say_line_and_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(InputError, match=reason):
        read_tagged(tmp_path / "a.txt")


def test_predictions_must_match_the_test_files_sentences(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("a O\nb O\n\nc O\n")
    (tmp_path / "short.txt").write_text("O\n\nO\n")
    with pytest.raises(
        InputError, match=r"short\.txt:1: a sentence of 1 tags, but the sentence at .*test\.txt:1 has 2"
    ):
        score_predictions("ner", [str(tmp_path / "short.txt")], [f"sw={tmp_path / 'test.txt'}"])
    for content, reason in (
        ("O\nO\n", r"few\.txt: ends before the sentence at .*test\.txt:4 \(1 sentences, but .*test\.txt has 2\)"),
        ("O\nO\n\nO\n\nO\n", r"few\.txt:6: a sentence more than the test file has \(3 sentences, but .* has 2\)"),
        ("-DOCSTART- O\n\nO\n\nO\nO\n", r"few\.txt:3: a sentence of 1 tags, but the sentence at .*:1 has 2"),
    ):
        (tmp_path / "few.txt").write_text(content)
        with pytest.raises(InputError, match=reason):
            score_predictions("ner", [str(tmp_path / "few.txt")], [f"sw={tmp_path / 'test.txt'}"])
    layouts = (
        '{"sw": [["O", "O"], ["O"]]}',
        '[["O", "O"], ["O"]]',
        '{"1": ["O"], "0": ["O", "O"]}',
        '{"tokens": ["a", "b"], "ner_tags": ["O", "O"]}\n{"tokens": ["c"], "ner_tags": ["O"]}',
        "a O O\nb O O\n\nc O O\n",
    )
    for layout in layouts:
        (tmp_path / "layout").write_text(layout)
        report = score_predictions("ner", [str(tmp_path / "layout")], [f"sw={tmp_path / 'test.txt'}"])
        assert report.metrics == {"sw": {"precision": 0.0, "recall": 0.0, "f1": 0.0}}, layout

"""`xlmk evaluate`: the JSON contract, warnings on stderr, usage errors, and a fine-tuning from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from tests.xlmk_model.evaluation.toy import toy_encoder, write_tags


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["evaluate", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def squad(answer: str) -> str:
    qa = {"id": "1", "question": "q?", "answers": [{"text": answer, "answer_start": 0}]}
    return json.dumps({"version": 1.0, "data": [{"title": "t", "paragraphs": [{"context": answer, "qas": [qa]}]}]})


def test_json_is_one_line_by_context_language(tmp_path: Path) -> None:
    (tmp_path / "dev-context-de-question-en.json").write_text(squad("die Ostsee"))
    (tmp_path / "predictions.json").write_text('{"1": "Ostsee tief"}')
    test = f"de={tmp_path / 'dev-context-de-question-en.json'}"
    code, out, err = run("mlqa", "--predictions", tmp_path / "predictions.json", "--test", test, "--json")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert json.loads(out) == {"de": {"exact_match": 0.0, "f1": pytest.approx(200 / 3)}}


def test_language_pairs_of_one_context_language_are_told_apart(tmp_path: Path) -> None:
    for name, answer in (("de", "Rom"), ("en", "Oslo")):
        (tmp_path / f"dev-context-de-question-{name}.json").write_text(squad(answer))
    (tmp_path / "p.json").write_text('{"1": "Rom"}')
    arguments: list[str | Path] = []
    for name in ("de", "en"):
        arguments += ["--test", f"de={tmp_path / f'dev-context-de-question-{name}.json'}"]
        arguments += ["--predictions", tmp_path / "p.json"]
    code, out, _ = run("mlqa", *arguments, "--json")
    assert code == 0
    assert {key: scores["f1"] for key, scores in json.loads(out).items()} == {"de": 100, "de/de": 100, "de/en": 0}


def test_a_table_on_screen_and_warnings_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "dev-zh.tsv").write_text("他没去。\t他去了。\tcontradiction\n")
    (tmp_path / "p.txt").write_text("neutral\n")
    code, out, err = run("xnli", "--predictions", tmp_path / "p.txt", "--test", f"de={tmp_path / 'dev-zh.tsv'}")
    assert code == 0
    assert out.splitlines() == ["lang  accuracy  items", "de         0.0      1"]
    assert err.splitlines() == [
        "warning: dev-zh.tsv: given as 'de', but its name says 'zh'",
        "warning: dev-zh.tsv: given as 'de', but its text is mostly in CJK script, not LATIN",
    ]


def test_one_flat_file_of_predictions_for_two_tests_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("a\tb\tneutral\n")
    (tmp_path / "p.txt").write_text("neutral\n")
    tests = ["--test", f"de={tmp_path / 't.tsv'}", "--test", f"fr={tmp_path / 't.tsv'}"]
    code, _, err = run("xnli", "--predictions", tmp_path / "p.txt", *tests)
    assert code == 1
    assert "has no predictions by language" in err
    (tmp_path / "p.json").write_text('{"de": [1], "fr": ["entailment"]}')
    code, out, _ = run("xnli", "--predictions", tmp_path / "p.json", *tests, "--json")
    assert json.loads(out) == {"de": {"accuracy": 100.0}, "fr": {"accuracy": 0.0}}


def test_scored_predictions_can_be_compared(tmp_path: Path) -> None:
    labels = ["neutral", "entailment", "contradiction"] * 20
    (tmp_path / "t.tsv").write_text("".join(f"a\tb\t{label}\n" for label in labels))
    (tmp_path / "right.txt").write_text("\n".join(labels))
    (tmp_path / "wrong.txt").write_text("neutral\n" * 60)
    for name in ("right", "wrong"):
        arguments = ["--predictions", tmp_path / f"{name}.txt", "--test", f"de={tmp_path / 't.tsv'}"]
        assert run("xnli", *arguments, "--out", tmp_path / name)[0] == 0
    code, out, _ = run("compare", tmp_path / "wrong", tmp_path / "right", "--resamples", "500", "--json")
    assert code == 0
    first = json.loads(out)["differences"][0]
    assert (first["lang"], first["items"], first["second"]) == ("de", 60, 100.0)
    assert first["difference"] == pytest.approx(200 / 3)
    assert first["p"] < 0.01
    code, out, _ = run("compare", tmp_path / "wrong", tmp_path / "right", "--resamples", "500")
    assert out.splitlines()[1].split()[:6] == ["de", "accuracy", "60", "33.33", "100.0", "66.67"]


def test_usage_errors_say_what_is_missing(tmp_path: Path) -> None:
    code, _, err = run("ner", "--test", "de=x", "--model", tmp_path)
    assert code == 2
    assert "give --predictions, or --model with --dev, --out, --train" in err
    code, _, err = run("ner", "--test", "de", "--predictions", "p")
    assert (code, err) == (1, "Error: --test 'de' is not of the form LANG=FILE; next: --test de=dev-de.tsv\n")


def test_fine_tuning_from_the_command_line(tmp_path: Path) -> None:
    model = toy_encoder(tmp_path / "model")
    train, test = write_tags(tmp_path / "train.txt", 60, 1), write_tags(tmp_path / "test.txt", 20, 2)
    arguments = ["ner", "--model", model, "--train", train, "--dev", train, "--test", f"de={test}"]
    arguments += ["--out", tmp_path / "out", "--seeds", "1,2", "--steps", "30", "--lr", "3e-3", "--evaluations", "2"]
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    assert set(json.loads(out)) == {"de"}
    assert set(json.loads(out)["de"]) == {"precision", "recall", "f1"}
    code, out, err = run(*arguments)
    assert "checkpoints chosen on dev in en, no test language seen: seed 1: step" in out
    assert "±" in out
    assert "seed 2: finished before, skipped" in err

"""The whole job through the command line, small: two languages, a few steps; then each command on what it made."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main

XLMK = Path(sys.executable).parent / "xlmk"


def xlmk(*arguments: object, code: int = 0) -> Result:
    """Runs a command in this process: torch is loaded once, not for each of them."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output[-2000:]
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def json_of(*arguments: object) -> dict[str, Any]:
    return one_line(xlmk(*arguments, "--json").stdout)


def one_line(stdout: str) -> dict[str, Any]:
    lines = stdout.splitlines()
    assert len(lines) == 1
    value = json.loads(lines[0])
    assert isinstance(value, dict)
    return value


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def demo(out: Path) -> dict[str, Any]:
    """In a process of its own, as a user runs it: so what the engines write to stdout would be seen."""
    command = [str(XLMK), "demo", "--out", str(out), "--languages", "en,ja", "--steps", "24", "--json"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Traceback" not in result.stderr and "leaked" not in result.stderr
    return one_line(result.stdout)


def test_the_report_has_what_the_contract_names(demo: dict[str, Any]) -> None:
    tables = {"pages", "passages", "entities", "entity_texts", "sitelinks", "statements", "properties"}
    assert tables | {"mentions", "triples", "leads"} <= set(demo["tables"])
    assert all(rows > 0 for name, rows in demo["tables"].items())
    for name in ("mlm_loss", "retrieval_recall_at_10"):
        assert set(demo[name]) == {"before", "after"}
    assert demo["mlm_loss"]["after"] < demo["mlm_loss"]["before"]
    assert all(0 <= value <= 1 for value in demo["retrieval_recall_at_10"].values())


def test_the_screen_is_kept_and_fits_a_screen(demo: dict[str, Any]) -> None:
    lines = Path(demo["report"]).read_text().splitlines()
    assert len(lines) <= 45
    text = "\n".join(lines)
    for words in ("rows per table", "links by status", "recall@10", "seconds per stage", "xlmk query --root"):
        assert words in text


def test_repeating_it_resumes_to_the_same_report(demo: dict[str, Any], out: Path) -> None:
    again = json_of("demo", "--out", out, "--languages", "en,ja", "--steps", 24)
    for name in ("tables", "mlm_loss", "retrieval_recall_at_10", "links_by_status"):
        assert again[name] == demo[name]


def test_every_link_of_every_passage_is_where_it_says(demo: dict[str, Any], out: Path) -> None:
    sql = (
        "SELECT count(*), count(*) FILTER (substr(p.text, m.start + 1, m.end - m.start) = m.surface)"
        " FROM mentions m JOIN passages p USING (lang, page_id, passage_index)"
    )
    [[links, exact]] = json_of("query", "--root", out / "KB", sql)["rows"]
    assert links == exact == demo["tables"]["mentions"]


def test_extract_resumes_and_has_the_fields_of_the_contract(demo: dict[str, Any], out: Path) -> None:
    dump = next((out / "dumps").glob("enwiki-*.xml.bz2"))
    again = json_of("extract", "wikipedia", "--dump", dump, "--root", out / "KB", "--item-bytes", 65536)
    assert {"items", "items_skipped", "pages", "rejected", "bytes", "seconds"} <= set(again)
    assert again["items_skipped"] == again["items"] > 0
    counts = again["counts"]
    parts = counts["articles"] + counts["redirects"] + counts["other_namespaces"] + again["rejected"]
    assert again["pages"] == parts


def test_shards_made_with_another_tokenizer_are_refused_by_the_run(demo: dict[str, Any], out: Path) -> None:
    root, other = out / "KB", out / "other"
    xlmk("tokenizer", "train", "--root", root, "--vocab-size", 3000, "--out", other / "tokenizer")
    xlmk("shards", "--root", root, "--tokenizer", other / "tokenizer", "--out", other / "shards")
    result = xlmk("train", "--shards", other / "shards", "--out", out / "run", "--steps", 24, code=1)
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Error:" in result.stderr and "tokenizer" in result.stderr


def test_the_export_loads_as_a_plain_hugging_face_folder(demo: dict[str, Any], out: Path) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    xlmk("export", out / "run", "--to", out / "model")
    tokenizer = AutoTokenizer.from_pretrained(out / "model")
    model = AutoModelForMaskedLM.from_pretrained(out / "model")
    logits = model(**tokenizer("Tokyo is a city in Japan.", return_tensors="pt")).logits
    assert logits.shape[-1] == len(tokenizer)


def test_retrieval_of_the_run_is_what_the_demo_said(demo: dict[str, Any], out: Path) -> None:
    report = json_of("evaluate", "retrieval", "--model", out / "run", "--shards", out / "shards")
    assert report["macro"]["mention"]["held_out"]["recall_at_10"] == demo["retrieval_recall_at_10"]["after"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["query", "--root", "nowhere", "SELECT 1"], ["no tables under nowhere", "next: xlmk extract"]),
        (["resolve", "--root", "nowhere"], ["nowhere", "next: xlmk extract"]),
        (["shards", "--root", "nowhere", "--tokenizer", "t", "--out", "s"], ["next:"]),
        (["train", "--shards", "nowhere", "--out", "r"], ["nowhere", "next: xlmk shards"]),
        (["train", "--shards", "nowhere", "--out", "r", "--preset", "huge"], ["no preset 'huge'", "tiny"]),
        (["export", "nowhere", "--to", "m"], ["nowhere"]),
        (["extract", "wikipedia", "--lang", "English", "--dump", "x", "--root", "k"], ["'English' is not a language"]),
        (["extract", "wikipedia", "--dump", "missing.xml.bz2", "--root", "k"], ["no such file: missing.xml.bz2"]),
        (["sample", "--languages", "en,xx", "--out", "o"], ["xx", "en"]),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) and len(value) > 2 else "",
)
def test_user_errors_are_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = xlmk(*arguments, code=1)
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    assert all(word in lines[0] for word in words), lines[0]
    assert not list(tmp_path.rglob("*.parquet"))

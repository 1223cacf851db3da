"""Our scores of given predictions equal those that the official MLQA scorer gave them, to 1e-9."""

import gzip
import json
import random
import re
import string
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, InputError
from xlmk_model.evaluation.qa.examples import read_questions
from xlmk_model.evaluation.qa.normalise import MLQA_LANGUAGES, normalised_tokens
from xlmk_model.evaluation.qa.score import answer_score
from xlmk_model.evaluation.scoring import score_predictions


def test_all_given_language_pairs_agree_with_the_official_scorer(shared_data: Path) -> None:
    folder = shared_data / "eval" / "mlqa-scores"
    official = json.loads((folder / "official-scores.json").read_text())
    assert len(official) >= 5
    for pair, scores in official.items():
        lang = pair.split("-")[1]
        test = f"{lang}={shared_data / 'eval' / 'mlqa-dev' / f'dev-{pair}.json.gz'}"
        report = score_predictions("mlqa", [str(folder / f"predictions-{pair}.json.gz")], [test])
        assert list(report.metrics) == [lang]
        for metric, value in scores.items():
            assert report.metrics[lang][metric] == pytest.approx(value, abs=1e-9), (pair, metric)


PUNCTUATION = [chr(n) for n in range(sys.maxunicode) if unicodedata.category(chr(n)).startswith("P")]
ARTICLE_PATTERNS = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": "ال",
}
WORDS = {
    "en": "The theatre a an The-end 'the' o’clock",
    "es": "La casa el-los Unas ¿Qué? última una",
    "vi": "của nhà là những chiếc-xe Cái",
    "de": "Die Diesel das dem-Haus „Einer“ über",
    "ar": "المدينة العربية في سالم ال ، القاهرة؟",
    "hi": "भारत की राजधानी। दिल्ली the",
    "zh": "308分 中国（北京） the 英语English混合 ， ㄅ龦",
}


def plain_oracle(text: str, lang: str) -> str:
    """The published rules step by step, as slowly and plainly as possible."""
    marks = set(PUNCTUATION) | set(string.punctuation)
    text = "".join(char for char in text.lower() if char not in marks)
    if lang in ARTICLE_PATTERNS:
        text = re.sub(ARTICLE_PATTERNS[lang], " ", text)
    if lang != "zh":
        return " ".join(text.split())
    out: list[str] = []
    word = ""
    for char in [*text, "\u4e00"]:
        if "\u4e00" <= char <= "\u9fa5":
            out += [*word.split(), char]
            word = ""
        else:
            word += char
    return " ".join(out[:-1])


@pytest.mark.parametrize("lang", MLQA_LANGUAGES)
def test_normalisation_equals_the_plain_oracle_in_every_mlqa_language(lang: str) -> None:
    rng = random.Random(lang)
    pieces = [*WORDS[lang].split(), " ", "  ", "\u00a0", "$", "`", "…", "«", "٪", "।", "x", "，", "\u200c", "0.5%"]
    for _ in range(500):
        text = "".join(rng.choice([*pieces, " "]) for _ in range(rng.randint(0, 12)))
        other = "".join(rng.choice([*pieces, " "]) for _ in range(rng.randint(1, 12)))
        expected, gold = plain_oracle(text, lang), plain_oracle(other, lang)
        assert normalised_tokens(text, lang=lang, rules="mlqa") == expected.split()
        same = sum((Counter(expected.split()) & Counter(gold.split())).values())
        f1 = 2 * same / (len(expected.split()) + len(gold.split())) if same else 0.0
        score = answer_score(text, [other], lang=lang, rules="mlqa")
        assert score == (float(expected == gold), pytest.approx(f1, abs=1e-12))


def test_arabic_article_goes_wherever_it_stands() -> None:
    assert normalised_tokens("الرجال", lang="ar", rules="mlqa") == ["رج"]


def test_a_language_without_mlqa_rules_is_refused_unless_squad_rules_are_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"no rules for answers in 'fi'.*--normalisation squad"):
        normalised_tokens("talo", lang="fi", rules="mlqa")
    assert normalised_tokens("The Talo.", lang="fi", rules="squad") == ["talo"]


def write(path: Path, value: object) -> Path:
    text = value if isinstance(value, str) else json.dumps(value)
    if path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def squad(*contexts: tuple[str, str]) -> dict[str, object]:
    """A SQuAD-format value: (id, answer) each in a context of its own."""
    return {
        "data": [
            {
                "title": "t",
                "paragraphs": [
                    {"context": f"x {a} y", "qas": [{"id": i, "question": "q?", "answers": [answer(a)]}]}
                    for i, a in contexts
                ],
            }
        ]
    }


def answer(text: str) -> dict[str, object]:
    return {"text": text, "answer_start": 2}


def test_all_layouts_give_the_same_questions(tmp_path: Path) -> None:
    rows = [
        {"id": i, "context": f"x {a} y", "question": "q?", "answers": {"text": [a], "answer_start": [2]}}
        for i, a in (("1", "Berlin"), ("2", "Rom"))
    ]
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    layouts = [
        write(tmp_path / "squad.json", squad(("1", "Berlin"), ("2", "Rom"))),
        write(tmp_path / "squad.json.gz", squad(("1", "Berlin"), ("2", "Rom"))),
        write(tmp_path / "pretty.json", json.dumps(squad(("1", "Berlin"), ("2", "Rom")), indent=2)),
        write(tmp_path / "rows.json", rows),
        write(tmp_path / "data.json", {"version": "1", "data": rows}),
        write(tmp_path / "rows.jsonl.gz", "\n".join(json.dumps(row) for row in rows)),
        tmp_path / "rows.parquet",
    ]
    first, *others = [read_questions(path) for path in layouts]
    assert [(item.id, item.answers, item.starts) for item in first] == [("1", ("Berlin",), (2,)), ("2", ("Rom",), (2,))]
    assert all(other == first for other in others)


def test_a_tydi_file_of_many_languages_is_cut_to_the_one_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "goldp.json", squad(("finnish-1-0", "Turku"), ("korean-2-0", "서울")))
    assert [item.id for item in read_questions(path, "ko")] == ["korean-2-0"]
    with pytest.raises(InputError, match="no question in 'bn'; it has fi, ko"):
        read_questions(path, "bn")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", "", r"is empty \(0 bytes\)"),
        ("a.json", '{"data": [{"paragraphs": [\n{"context": "c", "qas": [{]', r"a\.json:2: is not JSON"),
        ("a.json", '{"data": [{"paragraphs": [{"context": "c"}]}]}', r"data\[0\]\.paragraphs\[0\]: lacks qas"),
        ("a.json", json.dumps(squad(("1", "b"))).replace('"text"', '"txt"'), r"qas\[0\]: answers need text"),
        ("a.jsonl", '{"id": "1", "context": "c", "question": "q"}', r"a\.jsonl:1: row: lacks answers"),
        ("a.tsv", "Berlin\tB-LOC\n", r"a\.tsv:1: JSON or Parquet expected"),
    ],
)
def test_errors_say_file_place_and_reason(tmp_path: Path, name: str, content: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_questions(write(tmp_path / name, content))


def test_a_cut_off_gzip_file_is_an_input_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json.gz", squad(*((str(n), "Berlin") for n in range(99))))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="broken gzip file"):
        read_questions(path)

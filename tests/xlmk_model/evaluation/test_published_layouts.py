"""Files laid out as published: TyDi QA GoldP, mLAMA 1.1, PUD's CoNLL-U, Tatoeba's lines, with the fields they have."""

import gzip
import json
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.xlmk_model.evaluation.toy import toy_encoder
from xlmk_model.evaluation.cloze_queries import queries_of_mlama
from xlmk_model.evaluation.parallel import evaluate_parallel, read_sentences
from xlmk_model.evaluation.qa.examples import read_questions
from xlmk_model.evaluation.scoring import score_predictions

GOLDP = {
    "version": "TyDiQA-GoldP-1.1-for-SQuAD-1.1",
    "data": [
        {
            "paragraphs": [
                {
                    "context": "Suomen pääkaupunki on Helsinki.",
                    "qas": [
                        {
                            "question": "Mikä on Suomen pääkaupunki?",
                            "answers": [{"text": "Helsinki", "answer_start": 22}],
                            "id": "finnish-1438027099681899178-6",
                        }
                    ],
                }
            ]
        },
        {
            "paragraphs": [
                {
                    "context": "The capital of Kenya is Nairobi.",
                    "qas": [
                        {
                            "question": "What is the capital of Kenya?",
                            "answers": [{"text": "the Nairobi", "answer_start": 24}],
                            "id": "english-2387335860751143628-1",
                        }
                    ],
                }
            ]
        },
    ],
}


def test_tydi_goldp_of_all_languages_and_of_one(tmp_path: Path) -> None:
    whole = tmp_path / "tydiqa-goldp-v1.1-dev.json.gz"
    whole.write_bytes(gzip.compress(json.dumps(GOLDP).encode()))
    assert [item.answers for item in read_questions(whole, "fi")] == [("Helsinki",)]
    one = tmp_path / "tydiqa.goldp.fi.dev.json"
    one.write_text(json.dumps({**GOLDP, "data": GOLDP["data"][:1]}))
    predictions = tmp_path / "predictions.json"
    answers = {"finnish-1438027099681899178-6": "helsinki", "english-2387335860751143628-1": "nairobi"}
    predictions.write_text(json.dumps(answers))
    warnings: list[str] = []
    report = score_predictions("mlqa", [str(predictions)], [f"sw={one}"], warn=warnings.append)
    assert report.metrics["sw"] == {"exact_match": 100.0, "f1": 100.0}
    assert warnings[:2] == [
        "tydiqa.goldp.fi.dev.json: given as 'sw', but its name says 'fi'",
        "tydiqa.goldp.fi.dev.json: given as 'sw', but its content says 'fi'",
    ]


def test_files_whose_own_figures_are_squads_are_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "tydiqa-goldp-v1.1-dev.json"
    path.write_text(json.dumps(GOLDP))
    predictions = tmp_path / "predictions.json"
    predictions.write_text('{"english-2387335860751143628-1": "Nairobi"}')
    warnings: list[str] = []
    score_predictions("mlqa", [str(predictions)], [f"en={path}"], warn=warnings.append)
    assert len(warnings) == 1 and "made with --normalisation squad" in warnings[0]
    score_predictions("mlqa", [str(predictions)], [f"en={path}"], normalisation="squad", warn=warnings.append)
    assert len(warnings) == 1


def test_mlama_with_all_its_fields_and_relations(tmp_path: Path) -> None:
    folder = tmp_path / "mlama1.1"
    places = (("en", "Baltimore", "[X] was founded in [Y] ."), ("ja", "ボルチモア", "[X]は[Y]で設立されました。"))
    for lang, city, template in places:
        (folder / lang).mkdir(parents=True)
        row: dict[str, object] = {"sub_uri": "Q4046943", "obj_uri": "Q5092", "obj_label": city, "lineid": 0}
        row |= {"sub_label": "Pianos Become the Teeth", "uuid": "a37257ae-4cbb-4309-a78a-623036c96797"}
        (folder / lang / "P740.jsonl").write_text(json.dumps(row) + "\n")
        (folder / lang / "place_of_birth.jsonl").write_text(json.dumps(row) + "\n")
        templates = [{"relation": relation, "template": template} for relation in ("P740", "place_of_birth", "P19")]
        (folder / lang / "templates.jsonl").write_text("\n".join(map(json.dumps, templates)) + "\n")
    cloze = queries_of_mlama(folder, None, {}, pytest.fail)
    assert [(query.lang, query.relation) for query in cloze.queries] == [
        (lang, relation) for lang in ("en", "ja") for relation in ("P740", "place_of_birth")
    ]
    assert cloze.queries[2].text == "Pianos Become the Teethは[Y]で設立されました。"
    assert cloze.candidates["ja", "P740"] == {"Q5092": "ボルチモア"}


PUD = """# newdoc id = n01001
# sent_id = n01001011
# parallel_id = pud/n01001011
# text = {0}
# text_en = While much of the digital transition is unprecedented
1-2\tzum\t_\t_\t_\t_\t_\t_\t_\t_
1\tzu\tzu\tADP\tAPPR\t_\t2\tcase\t_\t_
2\tdem\tder\tDET\tART\t_\t0\troot\t_\tSpaceAfter=No

# text = {1}
# sent_id = n01001013
# parallel_id = pud/n01001013
1\tWien\tWien\tPROPN\tNE\t_\t0\troot\t_\t_
"""


def test_pud_treebanks_are_aligned_by_parallel_id_or_sent_id(tmp_path: Path) -> None:
    model = toy_encoder(tmp_path / "model")
    german, english, old = (
        tmp_path / name for name in ("de_pud-ud-test.conllu", "en_pud-ud-test.conllu", "old.conllu")
    )
    german.write_text(PUD.format("Anna liebt Wien .", "Boris kennt Rom ."))
    english.write_text(PUD.format("Anna Wien", "Boris Rom").replace("# sent_id = n", "# sent_id = en-"))
    assert read_sentences(german) == {"n01001011": "Anna liebt Wien .", "n01001013": "Boris kennt Rom ."}
    report = evaluate_parallel(model, {"de": german, "en": english})
    assert (report.sentences, report.pairs["en->de"].queries) == (2, 2)
    old.write_text("\n".join(line for line in german.read_text().split("\n") if "parallel_id" not in line))
    assert evaluate_parallel(model, {"de": old, "fr": german}).sentences == 2
    with pytest.raises(InputError, match="no sentence is in all of"):
        evaluate_parallel(model, {"de": old, "en": english})
    german.write_text(PUD.format("a", "b").replace("# sent_id = n01001013\n", ""))
    with pytest.raises(InputError, match=r"conllu:13: a sentence with a text and no sent_id ends here"):
        read_sentences(german)


def test_tatoebas_files_of_lines(tmp_path: Path) -> None:
    model = toy_encoder(tmp_path / "model")
    one, other = tmp_path / "tatoeba.deu-eng.deu", tmp_path / "tatoeba.deu-eng.eng.gz"
    one.write_bytes(b"Anna liebt Wien .\r\nBoris kennt Rom .\r\n")
    other.write_bytes(gzip.compress(b"Anna Wien\nBoris Rom\n"))
    assert evaluate_parallel(model, {"de": one, "en": other}).sentences == 2

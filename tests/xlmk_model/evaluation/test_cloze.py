"""Cloze probe: scores against a loop over candidates, questions from shards and mLAMA files, agreement of languages."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.errors import InputError
from tests.xlmk_model.evaluation.toy import toy_encoder
from tests.xlmk_model.synthetic_shards import World
from xlmk_model.evaluation.cloze import MaskedModel, answers, cloze_report, evaluate_cloze
from xlmk_model.evaluation.cloze_queries import (
    ClozeQuery,
    ClozeSet,
    queries_of_mlama,
    queries_of_shards,
    read_templates,
)
from xlmk_model.shards import open_dataset


def ignore(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_encoder(tmp_path_factory.mktemp("cloze"))


def fact(lang: str, subject: str, gold: str, template: str = "{} besucht [Y] .") -> ClozeQuery:
    return ClozeQuery(
        fact=f"{subject} P1 {gold}",
        lang=lang,
        relation="P1",
        text=template.format(subject),
        gold=gold,
        true=frozenset({gold}),
    )


NAMES = {"Q1": "Berlin", "Q2": "Rom", "Q3": "Neu Rom", "Q4": "ja Rom", "Q5": "Rom"}


def test_answers_equal_a_loop_over_candidates(model: Path) -> None:
    queries = [fact("de", name, gold) for name in ("Anna", "Boris", "Carla") for gold in ("Q1", "Q2", "Q4")]
    cloze = ClozeSet(queries=queries, candidates={("de", "P1"): NAMES})
    opened = MaskedModel(model, "cpu")
    expected = {}
    for query in queries:
        best: list[tuple[float, str]] = []
        for entity, name in NAMES.items():
            if entity != query.gold and name == NAMES[query.gold]:
                continue
            ids = opened.tokenizer(name, add_special_tokens=False)["input_ids"]
            text = query.text.replace("[Y]", "<mask>" * len(ids))
            row = torch.tensor([opened.tokenizer(f"<s>{text}</s>", add_special_tokens=False)["input_ids"]])
            with torch.no_grad():
                logs = opened.encoder(input_ids=row).logits[0].log_softmax(-1)
            at = (row[0] == opened.mask).nonzero().flatten().tolist()
            assert len(at) == len(ids)
            best.append((-sum(float(logs[p, i]) for p, i in zip(at, ids, strict=True)) / len(ids), entity))
        expected["de", query.fact] = min(best)[1]
    assert answers(opened, cloze, ignore) == expected


def test_a_model_that_says_one_name_is_right_where_that_is_the_answer(model: Path, tmp_path: Path) -> None:
    for path in model.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = load_file(model / "model.safetensors")
    piece = MaskedModel(model, "cpu").tokenizer("Oslo", add_special_tokens=False)["input_ids"]
    weights["lm_head.bias"][piece] += 50.0
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    names = {"Q1": "Berlin", "Q2": "Rom", "Q3": "Oslo"}
    queries = [fact("de", "Anna", "Q3"), fact("de", "Boris", "Q1"), fact("en", "Anna", "Q3"), fact("en", "Boris", "Q2")]
    cloze = ClozeSet(queries=queries, candidates={("de", "P1"): names, ("en", "P1"): names})
    report = evaluate_cloze(tmp_path, cloze, progress=ignore)
    assert report.languages["de"].precision_at_1 == 0.5
    assert (report.agreement["de-en"].facts, report.agreement["de-en"].both_of_either) == (1, 1.0)


def test_precision_is_averaged_within_relations_first() -> None:
    queries = [fact("de", str(n), "Q1") for n in range(3)]
    queries.append(ClozeQuery(fact="x P2 Q9", lang="de", relation="P2", text="", gold="Q9", true=frozenset({"Q9"})))
    found = {("de", query.fact): query.gold for query in queries[:3]} | {("de", "x P2 Q9"): "Q8"}
    scores = cloze_report(queries, found).languages["de"]
    assert (scores.queries, scores.relations, scores.precision_at_1) == (4, 2, 0.5)
    assert scores.commonest == 0.5  # all three of P1 have the same object, P2 has no other fact


def test_questions_from_shards_have_typed_candidates_and_property_labels(world: World) -> None:
    dataset = open_dataset(world.folder)
    cloze = queries_of_shards(dataset, "test", {("bb", "P2"): "[Y] : [X]"}, limit=1000)
    by_lang = {lang: [q for q in cloze.queries if q.lang == lang] for lang in ("aa", "bb", "cc")}
    assert len(by_lang["aa"]) == len(by_lang["bb"]) > len(by_lang["cc"]) > 0
    first = next(query for query in by_lang["aa"] if query.relation == "P1")
    subject = int(first.fact.split()[0][1:])
    assert first.text == f"name{subject - 1} aa-relation1 [Y] ."
    assert set(cloze.candidates["aa", "P1"]) == {"Q1", "Q2", "Q3", "Q4"}
    assert first.gold in first.true
    assert len(first.true) == 2
    assert next(query for query in by_lang["bb"] if query.relation == "P2").text.startswith("[Y] : name")


def write_mlama(folder: Path) -> None:
    rows = [("Anna", "Q10", "Berlin", "Q1"), ("Boris", "Q11", "Rom", "Q2")]
    for lang in ("de", "en"):
        (folder / lang).mkdir(parents=True)
        lines = [
            {"sub_label": s, "sub_uri": su, "obj_label": o, "obj_uri": ou, "lineid": n}
            for n, (s, su, o, ou) in enumerate(rows)
        ]
        (folder / lang / "P19.jsonl").write_text("\n".join(map(json.dumps, lines)))
        (folder / lang / "P20.jsonl").write_text(json.dumps(lines[0]))
        (folder / lang / "templates.jsonl").write_text(json.dumps({"relation": "P19", "template": "[X] besucht [Y] ."}))


def test_mlamas_layout_is_read_and_asked(model: Path, tmp_path: Path) -> None:
    write_mlama(tmp_path)
    warnings: list[str] = []
    cloze = queries_of_mlama(tmp_path, None, {("en", "P19"): "[X] kennt [Y] ."}, warnings.append)
    assert [(q.lang, q.text, q.gold) for q in cloze.queries][1:3] == [
        ("de", "Boris besucht [Y] .", "Q2"),
        ("en", "Anna kennt [Y] .", "Q1"),
    ]
    assert len(warnings) == 2
    assert "no template for P20 in 'de'; 1 facts left out" in warnings[0]
    report = evaluate_cloze(model, cloze, progress=ignore)
    assert report.languages["de"].queries == 2
    assert report.agreement["de-en"].facts == 2


def test_bad_files_are_named_with_their_line(tmp_path: Path) -> None:
    write_mlama(tmp_path)
    (tmp_path / "de" / "P19.jsonl").write_text('{"sub_label": "Anna"}\n')
    with pytest.raises(InputError, match=r"P19\.jsonl:1: lacks obj_label, sub_uri, obj_uri"):
        queries_of_mlama(tmp_path, ["de"], {}, ignore)
    (tmp_path / "t.jsonl").write_text('{"lang": "de", "relation": "P19", "template": "[X] lebt"}\n')
    with pytest.raises(InputError, match=r"t\.jsonl:1: template '\[X\] lebt': \[X\] and \[Y\] must occur once each"):
        read_templates(tmp_path / "t.jsonl")

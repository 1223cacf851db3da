"""Retrieval between languages, item by item, so that intervals can be computed. N texts, H width.

No trained head is asked: these are states of the bare encoder, centred per language. An item's score is its mean over
all ordered pairs of languages that have it with different texts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds
import torch
from torch import Tensor

from xlmk_model.evaluation.encoder import Encoder, open_encoder
from xlmk_model.evaluation.ranking import centred, ranks_of
from xlmk_model.shards import Dataset

Texts = Mapping[str, Mapping[str, str]]
"""Language → item → text."""
Scores = dict[str, list[float]]
"""Item → [recall at 1, recall at 10, reciprocal rank], each 0 to 1."""
POOLINGS = ("mean", "bos")
MAX_TOKENS = 64
FORWARD_TOKENS = 2048
LANGUAGES = tuple("ar de el en es fr hi ja ru sw th zh".split())
"""Languages of the entity probes."""


@torch.inference_mode()
def vectors(encoder: Encoder, texts: Sequence[str]) -> dict[str, Tensor]:
    """Pooling → [N, H]: the mean of all last hidden states, and that of `<s>`."""
    rows = [[encoder.bos, *ids[: MAX_TOKENS - 2], encoder.eos] for ids in encoder.pieces(list(texts))]
    found = {pooling: torch.empty(len(rows), encoder.hidden) for pooling in POOLINGS}
    order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    while order:
        size = max(1, FORWARD_TOKENS // len(rows[order[min(len(order), 64) - 1]]))
        part, order = order[:size], order[size:]
        longest = max(len(rows[n]) for n in part)
        ids = torch.tensor([[*rows[n], *[encoder.pad] * (longest - len(rows[n]))] for n in part])
        lengths = torch.tensor([len(rows[n]) for n in part])
        states = encoder.states(ids, lengths)
        real = (torch.arange(longest)[None, :] < lengths[:, None]).to(states.dtype)
        found["mean"][part] = (states * real[:, :, None]).sum(dim=1) / lengths[:, None]
        found["bos"][part] = states[:, 0]
    return found


def item_scores(texts: Texts, states: Mapping[str, Tensor]) -> Scores:
    """Each item's scores; `states[lang]` [N, H] are in the order of `texts[lang]`, already centred."""
    sums: dict[str, list[list[float]]] = defaultdict(list)
    for target, own in texts.items():
        place = {item: at for at, item in enumerate(own)}
        numbers: dict[str, int] = {}
        same = torch.tensor([numbers.setdefault(text, len(numbers)) for text in own.values()])
        for source, theirs in texts.items():
            asked = [item for item, text in theirs.items() if source != target and own.get(item, text) != text]
            if not asked:
                continue
            there = {item: at for at, item in enumerate(theirs)}
            query = states[source][[there[item] for item in asked]]
            gold = torch.tensor([place[item] for item in asked])
            for item, rank in zip(asked, ranks_of(query, states[target], gold, same), strict=True):
                sums[item].append([float(rank == 1), float(rank <= 10), 1 / rank])
    return {item: [sum(column) / len(rows) for column in zip(*rows, strict=True)] for item, rows in sums.items()}


def entity_texts(dataset: Dataset, kind: str, wanted: Sequence[str] = LANGUAGES) -> dict[str, dict[str, str]]:
    """Language → item (`Q42`) → its text of that kind."""
    table = ds.dataset([str(path) for path in dataset.files("texts/*.parquet")]).to_table(
        columns=["lang", "id", "text"], filter=(pc.field("kind") == kind) & pc.field("lang").isin(list(wanted))
    )
    found: dict[str, dict[str, str]] = {}
    for row in sorted(table.to_pylist(), key=lambda row: (row["lang"], row["id"])):
        found.setdefault(row["lang"], {})[f"Q{row['id']}"] = row["text"]
    return found


def probe_model(
    model: Path, dataset: Dataset, sentences: Mapping[str, Texts], kinds: Sequence[str]
) -> dict[str, dict[str, Scores]]:
    """Probe → pooling → scores of each item: the sets of parallel sentences, and entities by kind of text."""
    encoder = open_encoder(model)
    encoder.body.eval()
    sets: dict[str, Texts] = {**sentences, **{kind: entity_texts(dataset, kind) for kind in kinds}}
    found: dict[str, dict[str, Scores]] = {}
    for name, texts in sets.items():
        states = {lang: vectors(encoder, list(own.values())) for lang, own in texts.items()}
        for pooling in POOLINGS:
            by_lang = {lang: centred(own[pooling]) for lang, own in states.items()}
            found.setdefault(name, {})[pooling] = item_scores(texts, by_lang)
    return found


def split_held_out(scores: Scores, held_out: Sequence[int]) -> dict[str, Scores]:
    """Scores of entities in training and of those held out.

    >>> split_held_out({"Q1": [1.0], "Q2": [0.0]}, [2])
    {'seen': {'Q1': [1.0]}, 'held out': {'Q2': [0.0]}}
    """
    names = {f"Q{entity}" for entity in held_out}
    return {
        "seen": {item: own for item, own in scores.items() if item not in names},
        "held out": {item: own for item, own in scores.items() if item in names},
    }

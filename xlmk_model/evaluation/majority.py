"""The line beside masked-mention retrieval that knows no text: entities by how often train mentions them."""

import numpy as np

from xlmk_model.evaluation.entailment import commonest_rank
from xlmk_model.evaluation.ranking import RankScores, macro, rank_scores
from xlmk_model.evaluation.retrieval import mention_queries
from xlmk_model.shards import Dataset


def commonest_mentions(
    dataset: Dataset, *, split: str = "test", max_queries: int = 1000, longest: int = 510
) -> RankScores:
    """Scores of always answering the commonest entities first, on the queries that `evaluate_retrieval` asks.

    Candidates are the entities with a text in the language asked for; equally common ones come by ascending id. The
    mean over ordered pairs of languages, of entities that are not held out.
    """
    texts = dataset.texts(dataset.entity_text)
    counts = dict(
        zip(*(np.asarray(dataset.arrays[name]).tolist() for name in ("mention_qid", "mention_count")), strict=True)
    )
    asked = {lang: mention_queries(dataset, lang, split, max_queries, longest) for lang in dataset.languages}
    held_out = set(dataset.held_out.tolist())
    pairs = []
    for target in texts.langs:
        ids = texts.ids_in(target)
        place = {qid: at for at, qid in enumerate(ids.tolist())}
        own = np.array([counts.get(qid, 0) for qid in ids.tolist()], np.int64)
        for source, queries in asked.items():
            if source != target:
                ranks = [
                    commonest_rank(own, ids, place[query.qid], ())
                    for query in queries
                    if query.qid in place and query.qid not in held_out
                ]
                pairs.append(rank_scores(ranks))
    return macro(pairs)

"""Span question answering: windows over long passages, and answers read off start and end scores."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.finetune.rows import Row
from xlmk_model.evaluation.qa.examples import Question

QUESTION_SHARE = 0.5
"""A question takes at most this share of a row."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Answer:
    """A candidate answer: text, score (start + end), and its share of the candidates' softmax."""

    text: str
    score: float
    probability: float


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends (a piece's offsets may hold the space in front of a word).

    >>> trimmed("in Rom ", 2, 7)
    (3, 6)
    """
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def window_starts(tokens: int, room: int, stride: int) -> list[int]:
    """First tokens of the windows of at most `room` tokens that together cover all tokens, `stride` apart.

    >>> window_starts(10, 4, 3), window_starts(3, 4, 3), window_starts(9, 4, 8)
    ([0, 3, 6], [0], [0, 4, 8])
    """
    step = min(stride, room)
    starts = [0]
    while starts[-1] + room < tokens:
        starts.append(starts[-1] + step)
    return starts


def context_tokens(encoder: Encoder, contexts: Sequence[str]) -> dict[str, tuple[list[int], list[Span]]]:
    """Each distinct context's ids and, for each, the half-open span of code points it stands for."""
    distinct = list(dict.fromkeys(contexts))
    encoded = encoder.tokenizer(distinct, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    found = {}
    for text, ids, offsets in zip(distinct, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        found[text] = (list(ids), [trimmed(text, start, end) for start, end in offsets])
    return found


def token_span(spans: Sequence[Span], start: int, end: int) -> Span | None:
    """First and last token that overlap text[start:end]; None if none does.

    >>> token_span([(0, 2), (3, 3), (3, 6)], 3, 6)
    (2, 2)
    """
    inside = [n for n, (first, after) in enumerate(spans) if first < after and first < end and after > start]
    return (inside[0], inside[-1]) if inside else None


def question_rows(
    encoder: Encoder, questions: Sequence[Question], *, max_length: int, stride: int, training: bool
) -> list[Row]:
    """Windows `<s> question </s></s> part of the context </s>`.

    In training the target is the first answer's first and last token where the window holds it whole, else `<s>`.
    """
    asked = encoder.pieces([item.question for item in questions])
    contexts = context_tokens(encoder, [item.context for item in questions])
    rows = []
    for number, (item, question) in enumerate(zip(questions, asked, strict=True)):
        ids, spans = contexts[item.context]
        head = [encoder.bos, *question[: int(max_length * QUESTION_SHARE)], encoder.eos, encoder.eos]
        room = max_length - len(head) - 1
        gold = None
        if training:
            gold = token_span(spans, item.starts[0], item.starts[0] + len(item.answers[0]))
        for first in window_starts(len(ids), room, stride):
            part = ids[first : first + room]
            target = [0, 0]
            if gold and first <= gold[0] and gold[1] < first + len(part):
                target = [len(head) + gold[0] - first, len(head) + gold[1] - first]
            marks = [
                (len(head) + n, *spans[first + n])
                for n in range(len(part))
                if spans[first + n][0] < spans[first + n][1] and not training
            ]
            rows.append(Row(ids=[*head, *part, encoder.eos], example=number, target=target, marks=marks))
    return rows


def window_answers(logits: Tensor, row: Row, *, n_best: int, max_answer: int) -> list[tuple[float, int, int]]:
    """(score, first character, end character) of the best spans of a window, best first.

    `logits` [L, 2] are its start and end scores. A span is at most `max_answer` tokens long; M marks, S starts, E ends.
    """
    if not row.marks:
        return []
    place = np.array([token for token, _, _ in row.marks])
    scores = logits.float().numpy()[place]  # [M, 2]
    starts = np.argsort(-scores[:, 0], kind="stable")[:n_best]
    ends = np.argsort(-scores[:, 1], kind="stable")[:n_best]
    length = place[ends][None, :] - place[starts][:, None] + 1  # [S, E]
    total = np.where((length >= 1) & (length <= max_answer), scores[starts, :1] + scores[ends, 1][None, :], -np.inf)
    best = np.argsort(-total, axis=None, kind="stable")[:n_best]
    chosen = [(total.flat[n], starts[n // len(ends)], ends[n % len(ends)]) for n in best if total.flat[n] > -np.inf]
    return [(float(score), row.marks[start][1], row.marks[end][2]) for score, start, end in chosen]


def best_answers(
    questions: Sequence[Question], rows: Sequence[Row], logits: Sequence[Tensor], *, n_best: int, max_answer: int
) -> list[list[Answer]]:
    """The n best distinct answers to each question over all of its windows; a single empty one if there is no span."""
    spans: dict[int, list[tuple[float, int, int]]] = {n: [] for n in range(len(questions))}
    for row, scores in zip(rows, logits, strict=True):
        spans[row.example] += window_answers(scores, row, n_best=n_best, max_answer=max_answer)
    return [_ranked(item.context, spans[number], n_best) for number, item in enumerate(questions)]


def _ranked(context: str, spans: Sequence[tuple[float, int, int]], n_best: int) -> list[Answer]:
    best: dict[str, float] = {}
    for score, start, end in sorted(spans, key=lambda span: (-span[0], span[1], span[2])):
        best.setdefault(context[start:end], score)
        if len(best) == n_best:
            break
    if not best:
        return [Answer("", 0.0, 1.0)]
    top = max(best.values())
    total = sum(math.exp(score - top) for score in best.values())
    return [Answer(text, score, math.exp(score - top) / total) for text, score in best.items()]


def first_answers(questions: Sequence[Question], ranked: Sequence[Sequence[Answer]]) -> Mapping[str, str]:
    """Question id → best answer."""
    return {item.id: answers[0].text for item, answers in zip(questions, ranked, strict=True)}

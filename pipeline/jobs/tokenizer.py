"""Trains a vocabulary on the passages and entity texts of all languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.errors import ConfigError, InputError
from pipeline.jobs.inputs import check_whole, table_files, table_languages
from pipeline.manifest.digests import keyed_unit
from pipeline.manifest.storage import write_json
from pipeline.tokenizer import load_tokenizer
from pipeline.tokenizer.extension import choose_pieces, extend
from pipeline.tokenizer.sentencepiece_model import parse_model
from pipeline.tokenizer.tokenizer import Tokenizer
from pipeline.tokenizer.training import cut, train_model
from pipeline.tokenizer.xlmr import build_backend, xlmr_vocabulary

_TABLES = ("passages", "entity_texts")
EXTENSION_FILE = "extension.json"
"""Old ids for each new id, beside an extended tokenizer."""


@dataclass(frozen=True, kw_only=True)
class TokenizerReport:
    """What was trained on: texts found and texts used per language, and what came out."""

    texts: dict[str, int]
    sampled: dict[str, int]
    vocab_size: int
    digest: str


def train_tokenizer(
    root: Path,
    vocab_size: int,
    out: Path,
    *,
    languages: tuple[str, ...] | None = None,
    alpha: float = 0.5,
    max_texts: int = 2_000_000,
    character_coverage: float = 0.9998,
    seed: int = 0,
) -> TokenizerReport:
    """Trains a SentencePiece unigram model of `vocab_size` ids (specials included) into the folder `out`.

    The texts are passages, labels and descriptions; at most about `max_texts` of them, drawn by keyed digest so that a
    language of n texts gets a share ∝ n^alpha (1: as they are, 0: all alike). Same tables, same bytes.
    `character_coverage`: share of the characters, by count, that get a piece of their own; the rest is `<unk>`.
    Raises MissingTableError without tables, ConfigError where the texts do not carry so many pieces.
    """
    if not 0 <= alpha <= 1:
        raise ConfigError(f"--alpha {alpha}: expected 0 to 1")
    if not 0.9 <= character_coverage <= 1:
        raise ConfigError(f"--character-coverage {character_coverage}: expected 0.9 to 1")
    check_whole(root, _TABLES)
    counts = count_texts(root, languages)
    if not sum(counts.values()):
        raise InputError(f"no text in the tables under {root}", next_step="xlmk extract wikipedia --root KB ...")
    shares = sampling_shares(counts, alpha=alpha, budget=max_texts)
    sampled: dict[str, int] = dict.fromkeys(counts, 0)
    sentences = _sample(root, shares, seed, sampled)
    model = train_model(sentences, vocab_size=vocab_size, character_coverage=character_coverage)
    found = parse_model(model)
    tokenizer = Tokenizer(out, build_backend(xlmr_vocabulary(found), found.charsmap), model)
    tokenizer.write(out)
    return TokenizerReport(
        texts=counts, sampled=sampled, vocab_size=tokenizer.vocab_size, digest=load_tokenizer(out).digest
    )


@dataclass(frozen=True, kw_only=True)
class ExtensionReport:
    """What was appended: the first new id, how many, and how much shorter the language's texts become.

    `tokens_before` and `tokens_after` count the tokens of the same sample of its texts.
    """

    first_id: int
    added: int
    vocab_size: int
    tokens_before: int
    tokens_after: int
    digest: str


def extend_tokenizer(
    folder: Path,
    root: Path,
    language: str,
    new_pieces: int,
    out: Path,
    *,
    share: float = 0.05,
    max_texts: int = 500_000,
    character_coverage: float = 0.9998,
    seed: int = 0,
) -> ExtensionReport:
    """Appends `new_pieces` pieces for `language`, trained on its texts under `root`, to the tokenizer in `folder`.

    No old id moves. Writes a tokenizer folder `out` with `extension.json` in it: the old tokenizer's digest and size,
    and for each new id the old ids that its row of an embedding is initialised from. `share`: see
    `extension.choose_pieces`. Raises ConfigError where the texts do not carry so many new pieces.
    """
    if not 0 < share <= 1 or new_pieces < 1:
        raise ConfigError(f"--new-pieces {new_pieces} and --share {share}: expected at least 1, and a share up to 1")
    old = load_tokenizer(folder)
    check_whole(root, _TABLES)
    counts = count_texts(root, (language,))
    if not counts:
        raise InputError(
            f"no text in {language} under {root}", next_step=f"xlmk extract wikipedia --lang {language} ..."
        )
    shares = sampling_shares(counts, alpha=1, budget=max_texts)
    size = 2 * new_pieces + 1000
    while True:
        sentences = _sample(root, shares, seed, {language: 0})
        model = parse_model(train_model(sentences, vocab_size=size, character_coverage=character_coverage, exact=False))
        pieces = choose_pieces(old, model.pieces[3:], count=new_pieces, share=share)
        if len(pieces) == new_pieces:
            break
        if len(model.pieces) + 2 < size:
            raise ConfigError(
                f"--new-pieces {new_pieces} is more than the texts in {language} carry: {len(pieces)} are new",
                next_step=f"--new-pieces {len(pieces)}, or more text",
            )
        size *= 2
    extension = extend(old, pieces)
    new = extension.tokenizer
    sample = list(islice(_sample(root, shares, seed, {language: 0}), 10_000))
    new.write(out)
    value = {"old_digest": old.digest, "old_vocab_size": old.vocab_size, "digest": new.digest}
    write_json(
        out / EXTENSION_FILE, {**value, "old_ids": {str(new_id): ids for new_id, ids in extension.old_ids.items()}}
    )
    return ExtensionReport(
        first_id=old.vocab_size,
        added=len(pieces),
        vocab_size=new.vocab_size,
        tokens_before=sum(len(ids) for ids in old.ids(sample)),
        tokens_after=sum(len(ids) for ids in new.ids(sample)),
        digest=new.digest,
    )


def sampling_shares(counts: dict[str, int], *, alpha: float, budget: int) -> dict[str, float]:
    """The share of each language's texts that is used: its quota ∝ n^alpha of the budget, at most all of them.

    What languages with few texts leave of their quota goes to the others.

    >>> sampling_shares({"en": 10_000, "ltg": 100, "mt": 10}, alpha=0.5, budget=1_110)
    {'en': 0.1, 'ltg': 1.0, 'mt': 1.0}
    >>> sampling_shares({"en": 10, "it": 5}, alpha=0.5, budget=100)
    {'en': 1.0, 'it': 1.0}
    """
    shares = dict.fromkeys(counts, 0.0)
    open_ones, left = {lang: n for lang, n in counts.items() if n}, float(budget)
    while open_ones:
        weight = sum(n**alpha for n in open_ones.values())
        full = [lang for lang, n in open_ones.items() if left * n**alpha / weight >= n]
        if not full:
            return shares | {lang: left * n**alpha / weight / n for lang, n in open_ones.items()}
        for lang in full:
            left -= open_ones.pop(lang)
            shares[lang] = 1.0
    return shares


def count_texts(root: Path, languages: tuple[str, ...] | None) -> dict[str, int]:
    """How many texts each language has: passages, labels and descriptions."""
    counts: dict[str, int] = {}
    for lang, _key, _text in _texts(root, languages):
        counts[lang] = counts.get(lang, 0) + 1
    return dict(sorted(counts.items()))


def _sample(root: Path, shares: dict[str, float], seed: int, sampled: dict[str, int]) -> Iterator[str]:
    for lang, key, text in _texts(root, tuple(shares)):
        if shares[lang] >= 1 or keyed_unit(seed, "tokenizer", lang, key) < shares[lang]:
            sampled[lang] += 1
            yield from cut(" ".join(text.split()))


def _texts(root: Path, languages: tuple[str, ...] | None) -> Iterator[tuple[str, str, str]]:
    """(language, key, text) of all texts, in the order of the tables."""
    for lang in table_languages(root, "passages"):
        if languages is None or lang in languages:
            for row in _rows(table_files(root, "passages", lang), ["page_id", "passage_index", "text"]):
                yield lang, f"passage/{row[0]}/{row[1]}", str(row[2])
    for row in _rows(table_files(root, "entity_texts"), ["lang", "qid", "label", "description"]):
        lang = str(row[0])
        if lang != "mul" and (languages is None or lang in languages):
            yield from ((lang, f"entity/{row[1]}/{n}", str(text)) for n, text in enumerate(row[2:]) if text)


def _rows(files: list[Path], columns: list[str]) -> Iterator[tuple[object, ...]]:
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=4096, columns=columns, use_threads=False):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

"""Trains a SentencePiece unigram model; same sentences in the same order, same bytes."""

import io
import re
from collections.abc import Iterator

import sentencepiece

from pipeline.errors import ConfigError

THREADS = 4
"""Fixed, not the machine's: sums over threads are part of the result."""
MAX_SENTENCE_CHARS = 2000
"""Longer texts are cut: SentencePiece's own limit is in bytes and drops what is longer."""
_NUMBER = re.compile(r"<= (\d+)")


def cut(text: str, limit: int = MAX_SENTENCE_CHARS) -> Iterator[str]:
    """The text in pieces of at most `limit` characters, cut at spaces where there are any.

    >>> list(cut("aa bb cc", 5))
    ['aa bb', 'cc']
    >>> list(cut("aaaaaa", 5))
    ['aaaaa', 'a']
    """
    while len(text) > limit:
        at = text.rfind(" ", 1, limit + 1)
        yield text[: at if at > 0 else limit]
        text = text[at + 1 :] if at > 0 else text[limit:]
    if text:
        yield text


def train_model(sentences: Iterator[str], *, vocab_size: int, character_coverage: float, exact: bool = True) -> bytes:
    """A SentencePiece unigram model whose XLM-R form has `vocab_size` ids in all (at most, unless `exact`).

    That form has two tokens more than the model: `<pad>` and `<mask>`. Normalisation is `nmt_nfkc`, as in XLM-R.
    `character_coverage` is the share of characters (by count) that get a piece of their own.
    Raises ConfigError where the sentences do not carry so many pieces.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=sentences,
            model_writer=model,
            model_type="unigram",
            vocab_size=vocab_size - 2,
            hard_vocab_limit=exact,
            character_coverage=character_coverage,
            normalization_rule_name="nmt_nfkc",
            max_sentence_length=16 * MAX_SENTENCE_CHARS,
            input_sentence_size=0,
            shuffle_input_sentence=False,
            num_threads=THREADS,
            train_extremely_large_corpus=True,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise _clear(str(error), vocab_size) from error
    return model.getvalue()


def _clear(message: str, vocab_size: int) -> ConfigError:
    bound = _NUMBER.search(message)
    if bound:
        return ConfigError(
            f"--vocab-size {vocab_size} is more than these texts carry: {int(bound[1]) + 2} at most",
            next_step=f"--vocab-size {int(bound[1]) + 2}, or more text",
        )
    line = " ".join(message.split())
    return ConfigError(
        f"no vocabulary of {vocab_size} could be trained: {line[-300:]}", next_step="another --vocab-size"
    )

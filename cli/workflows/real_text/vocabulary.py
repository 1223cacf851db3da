"""XLM-R's vocabulary cut to the pieces that the experiment's texts need, so that its embedding fits one CPU core.

Every text that is trained on or scored becomes the same pieces as with all 250,002 of them: checked on each. All
single characters that occur stay as pieces, so that what shards cut out of a passage is never unknown. Ids move:
`Cut.old_ids` says where each new id comes from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import MismatchError
from pipeline.tokenizer import xlmr
from pipeline.tokenizer.loading import load_tokenizer, read_vocabulary
from pipeline.tokenizer.tokenizer import Tokenizer

BATCH = 2000


@dataclass(frozen=True)
class Cut:
    """`old_ids[new]` of each id of the cut vocabulary, ascending; `texts` and `tokens` it was cut for."""

    old_ids: npt.NDArray[np.int64]
    texts: int
    tokens: int


def cut_vocabulary(whole: Tokenizer, texts: Iterable[str], folder: Path) -> Cut:
    """Writes a tokenizer of the special tokens and the pieces that occur in `texts` to `folder`.

    Raises MismatchError if one of the texts would become other pieces.
    """
    kept = list(dict.fromkeys(texts))
    used = np.zeros(whole.vocab_size, bool)
    used[[xlmr.BOS, xlmr.PAD, xlmr.EOS, xlmr.UNK, whole.mask]] = True
    before = []
    for start in range(0, len(kept), BATCH):
        rows = whole.ids(kept[start : start + BATCH])
        before += rows
        for row in rows:
            used[row] = True
    vocabulary, charsmap = read_vocabulary(whole)
    characters = {character for text in kept for character in text}
    for old, (piece, _) in enumerate(vocabulary):
        used[old] |= piece.removeprefix(xlmr.META) in characters
    old_ids = np.flatnonzero(used)
    backend = xlmr.build_backend([vocabulary[old] for old in old_ids], charsmap)
    xlmr.write_tokenizer_folder(folder, xlmr.tokenizer_json(backend), None)
    own = load_tokenizer(folder)
    for start in range(0, len(kept), BATCH):
        part = slice(start, start + BATCH)
        for text, row, expected in zip(kept[part], own.ids(kept[part]), before[part], strict=True):
            if not np.array_equal(old_ids[row], expected):
                raise MismatchError(f"cut vocabulary: {text[:80]!r} becomes other pieces than with the whole one")
    return Cut(old_ids=old_ids, texts=len(kept), tokens=sum(map(len, before)))

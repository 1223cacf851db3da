"""A run as a plain Hugging Face folder: encoder with MLM head, tokenizer, model card; our heads lie beside it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from transformers.utils import logging

from pipeline.errors import InputError, TargetError
from xlmk_model.checkpoint import latest_checkpoint, load_state
from xlmk_model.config import to_flat
from xlmk_model.init import load_run
from xlmk_model.run_folder import DATA_CARD, is_run, read_identity

CARD = """---
library_name: transformers
pipeline_tag: fill-mask
language: {languages}
---
# XLM-K model trained with xlmk

XLM-R-shaped encoder with MLM head, from step {step} of a run ({tokens} tokens read), preset `{preset}`, seed {seed}.
Trained with masked language modelling, masked entity prediction and object entailment.
The projection heads of the latter two are in `xlmk_heads.safetensors`; transformers does not need them.

It started {start}.

## Data

| | |
|---|---|
| shards, digest | {shards} |
| tokenizer, digest | {tokenizer} |
| text of an entity | {entity_text} |

| language | passages for MLM | tokens | passages for MEP |
|---|---|---|---|
{rows}

Wikipedia's text is under CC BY-SA 4.0 and GFDL (name the source, share alike), Wikidata's under CC0. {sources}

## Configuration

```json
{config}
```
"""


def _passages(lang: str, counts: dict[str, Any]) -> str:
    mlm, mep = (counts.get(kind, {}).get("train", {}) for kind in ("mlm", "mep"))
    return f"| {lang} | {mlm.get('rows', 0)} | {mlm.get('tokens', 0)} | {mep.get('rows', 0)} |"


def _sources(run: Path, folder: Path) -> str:
    """Copy the card of the shards, if the run has it; returns where the dumps are named."""
    if not (run / DATA_CARD).is_file():
        return "The shards came without a card: their dumps are known by the digest alone."
    shutil.copyfile(run / DATA_CARD, folder / DATA_CARD)
    return f"`{DATA_CARD}` beside this file lists the dumps with their checksums, and what was dropped."


def export_run(run: Path, to: Path) -> Path:
    """Write the latest checkpoint of `run` to the new folder `to`, whole or not at all; returns `to`.

    `AutoModel`, `AutoModelForMaskedLM` and `AutoTokenizer` load it. Raises InputError if `run` is none and
    TargetError if `to` exists or cannot be written.
    """
    identity = read_identity(run) if is_run(run) else None
    if identity is None:
        raise InputError(f"{run} is not a run", next_step="xlmk train --out RUN ...")
    if to.exists():
        raise TargetError(f"{to} exists already", next_step="choose another --to, or remove it")
    state = load_state(latest_checkpoint(run))
    model = load_run(run)
    staging = to.with_name(f".{to.name}.staged")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.copytree(run / "tokenizer", staging)
        logging.disable_progress_bar()
        model.encoder.save_pretrained(staging)
        heads = {name: value.contiguous() for name, value in model.heads.state_dict().items()}
        save_file(heads, staging / "xlmk_heads.safetensors")
        meta = json.loads((run / "dataset.json").read_text(encoding="utf-8"))
        card = CARD.format(
            languages=json.dumps(sorted(meta["languages"])),
            start="from scratch" if identity.config.init is None else f"from `{identity.config.init.name}`",
            entity_text=meta["entity_text"],
            sources=_sources(run, staging),
            step=state.step,
            tokens=state.tokens,
            preset=identity.config.preset,
            seed=identity.config.seed,
            shards=identity.shards,
            tokenizer=identity.tokenizer,
            rows="\n".join(_passages(lang, own) for lang, own in sorted(meta["languages"].items())),
            config=json.dumps(to_flat(identity.config), indent=2),
        )
        (staging / "README.md").write_text(card, encoding="utf-8")
        os.rename(staging, to)
    except OSError as error:
        raise TargetError(f"{to} cannot be written: {error}", next_step="--to DIR") from error
    return to

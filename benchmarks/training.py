"""Speed of MLM training against a plain transformers Trainer loop: same model, rows, precision and batch in one run.

    OMP_NUM_THREADS=1 python -m benchmarks.training [--vocabulary 32000] [--rows 64] [--micro 16] [--steps 4]

Needs `accelerate`, which transformers' Trainer asks for and the project does not.

Three loops over the same rows of random lengths, 6 layers of 384, one thread each, which take turns step by step:

    trainer         transformers.Trainer: rows padded to the micro-batch's longest, logits everywhere
    trainer masked  the same with logits at the predicted positions only
    xlmk            this project's step: passes by length, one fused MLM head for several of them, fused AdamW

A step is an update on `--rows` rows. Trainer adds up gradients over micro-batches of `--micro` rows, since full logits
of more would not fit (16 rows of 256 tokens at 250,002 pieces are 4 GB, three times over); ours cuts its own passes.
Tokens are counted without padding; the first step of each loop is not. Time is CPU time of the loop's thread, so that
other work on the machine matters less; a ratio is the median over steps of that on the same rows. The matmul peak is
measured in every turn too. Only ratios within one run mean anything.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments

from xlmk_model.batches import MlmBatch, Requests, StepBatch, Vocabulary
from xlmk_model.collate import pad_rows
from xlmk_model.config import DataConfig, MlmConfig, ModelConfig, RunConfig, TrainConfig, with_overrides
from xlmk_model.encoder import encoder_config, new_encoder
from xlmk_model.masking import mlm_mask
from xlmk_model.model import XlmkModel
from xlmk_model.optim import clip_gradients, gradient_norm, new_optimizer, reset_gradients
from xlmk_model.trainer.step import StepRunner

MODEL = ModelConfig(layers=6, hidden=384, ffn=1536, heads=6, positions=258)


def random_rows(vocabulary: Vocabulary, count: int) -> list[Tensor]:
    """Rows with lengths like those of Wikipedia's paragraphs: log-normal, median 90 tokens, 16 to 256."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.exp(torch.randn(count, generator=generator) * 0.6 + 4.5).clamp(16, 256).long().tolist()
    inner = [torch.randint(4, vocabulary.mask, (length - 2,), generator=generator) for length in lengths]
    return [torch.cat([torch.tensor([0]), ids, torch.tensor([2])]) for ids in inner]


def masked(rows: list[Tensor], vocabulary: Vocabulary) -> list[tuple[Tensor, Tensor, Tensor]]:
    """(corrupted ids, predicted positions, their labels) of each row: the same for all three loops."""
    generator = torch.Generator().manual_seed(1)
    found = []
    for ids in rows:
        hidden, positions = mlm_mask(ids, vocabulary=vocabulary, config=MlmConfig(), generator=generator)
        found.append((hidden, positions, ids[positions]))
    return found


class Rows(Dataset[dict[str, Tensor]]):
    """Rows as Trainer wants them: ids and labels, -100 where nothing is predicted."""

    def __init__(self, rows: list[tuple[Tensor, Tensor, Tensor]]) -> None:
        """`rows` as `masked` gives them."""
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        ids, positions, wanted = self.rows[index]
        labels = torch.full_like(ids, -100)
        labels[positions] = wanted
        return {"input_ids": ids, "labels": labels}


def collate(rows: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Pad to the longest of the batch, as DataCollatorForLanguageModeling does."""
    tokens = pad_rows([row["input_ids"] for row in rows], 1)
    labels = pad_rows([row["labels"] for row in rows], -100)
    return {"input_ids": tokens.ids, "attention_mask": (tokens.ids != 1).long(), "labels": labels.ids}


class MaskedTrainer(Trainer):
    """Trainer that asks for logits at predicted positions only."""

    def compute_loss(self, model: Any, inputs: dict[str, Tensor], *_: Any, **__: Any) -> Tensor:
        labels = inputs.pop("labels")
        states = model.roberta(**inputs).last_hidden_state
        chosen = labels != -100
        loss: Tensor = torch.nn.functional.cross_entropy(model.lm_head(states[chosen]), labels[chosen])
        return loss


class Turns(TrainerCallback):
    """Lets a Trainer in a thread of its own do one step a turn, and notes the CPU seconds of each."""

    def __init__(self) -> None:
        """Waits for the first turn."""
        self.seconds: list[float] = []
        self.go, self.done = threading.Semaphore(0), threading.Semaphore(0)
        self.began = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Wait for the turn."""
        self.go.acquire()
        self.began = time.thread_time()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Hand the turn back."""
        self.seconds.append(time.thread_time() - self.began)
        self.done.release()

    def turn(self) -> None:
        """One step of the other thread."""
        self.go.release()
        self.done.acquire()


def start_trainer(kind: type[Trainer], encoder: Any, rows: list[tuple[Tensor, Tensor, Tensor]], args: Any) -> Turns:
    """A Trainer loop that waits for its turns."""
    turns = Turns()
    arguments = TrainingArguments(
        output_dir="build/bench-training",
        max_steps=args.steps,
        per_device_train_batch_size=args.micro,
        gradient_accumulation_steps=args.rows // args.micro,
        use_cpu=True,
        bf16=args.precision == "bfloat16",
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        train_sampling_strategy="sequential",
    )
    trainer = kind(model=encoder, args=arguments, train_dataset=Rows(rows), data_collator=collate, callbacks=[turns])

    def train() -> None:
        torch.set_num_threads(1)
        trainer.train()

    threading.Thread(target=train, daemon=True).start()
    return turns


def xlmk_batches(rows: list[tuple[Tensor, Tensor, Tensor]], size: int) -> Iterator[StepBatch]:
    """The same rows as batches of ours."""
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        counts = torch.tensor([len(positions) for _, positions, _ in part])
        requests = Requests(
            tokens=pad_rows([ids for ids, _, _ in part], 1),
            row=torch.repeat_interleave(counts),
            position=torch.cat([positions for _, positions, _ in part]),
        )
        mlm = MlmBatch(requests=requests, label=torch.cat([labels for _, _, labels in part]))
        yield StepBatch(step=start // size, mlm=mlm, mep=None, oe=None)


def xlmk_steps(encoder: Any, rows: list[tuple[Tensor, Tensor, Tensor]], args: Any) -> Iterator[float]:
    """CPU seconds of each step of ours, update included; a step is done when its seconds are asked for."""
    config = TrainConfig(model=MODEL, data=DataConfig(max_tokens=256), run=RunConfig(precision=args.precision))
    config = with_overrides(config, [f"forward_tokens={args.forward_tokens}"])
    model = XlmkModel(encoder, MODEL, queue=0, seed=0).train()
    optimizer = new_optimizer(model, config.optim)
    runner = StepRunner(model, config, torch.device("cpu"))
    for batch in xlmk_batches(rows, args.rows):
        began = time.thread_time()
        runner.run(batch)
        clip_gradients(model, gradient_norm(model), 1.0)
        optimizer.step()
        reset_gradients(model, encoder.get_input_embeddings().weight)
        yield time.thread_time() - began


def matmul_peak(precision: str) -> float:
    """Floating point operations a CPU second of a large matrix product, in billions."""
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    one, other = torch.randn(2048, 1536).to(kind), torch.randn(1536, 1536).to(kind)
    one @ other
    started = time.thread_time()
    for _ in range(8):
        one @ other
    return 8 * 2 * 2048 * 1536 * 1536 / (time.thread_time() - started) / 1e9


def useful_operations(rows: list[tuple[Tensor, Tensor, Tensor]], vocabulary: int) -> float:
    """Operations of forward and backward products that a step cannot do without, in billions, over all rows."""
    width, total = MODEL.hidden, 0.0
    for ids, positions, _ in rows:
        length = len(ids)
        layer = 2 * length * (4 * width * width + 2 * width * MODEL.ffn) + 4 * length * length * width
        total += MODEL.layers * layer + 2 * len(positions) * width * (vocabulary + width)
    return 3 * total / 1e9


def main() -> None:
    """Run all three loops in turns and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--steps", type=int, default=4, help="the first of them is not counted")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--forward-tokens", type=int, default=8192)
    parser.add_argument("--rows", type=int, default=64, help="rows of a batch")
    parser.add_argument("--micro", type=int, default=16, help="rows that Trainer takes at a time")
    parser.add_argument("--loops", default="xlmk,trainer masked,trainer")
    args = parser.parse_args()
    torch.set_num_threads(1)
    vocabulary = Vocabulary(size=args.vocabulary, bos=0, pad=1, eos=2, unk=3, mask=args.vocabulary - 1)
    rows = masked(random_rows(vocabulary, args.rows * args.steps), vocabulary)
    wanted = args.loops.split(",")
    kinds = {name: kind for name, kind in (("trainer masked", MaskedTrainer), ("trainer", Trainer)) if name in wanted}

    def encoder() -> Any:
        return new_encoder(encoder_config(MODEL, vocabulary), 0)

    others = {name: start_trainer(kind, encoder(), rows, args) for name, kind in kinds.items()}
    ours = xlmk_steps(encoder(), rows, args)
    seconds: dict[str, list[float]] = {"xlmk": []}
    peaks = []
    for _ in range(args.steps):
        peaks.append(matmul_peak(args.precision))
        seconds["xlmk"].append(next(ours))
        for name, turns in others.items():
            turns.turn()
            seconds[name] = turns.seconds
    steps = [rows[at * args.rows : (at + 1) * args.rows] for at in range(1, args.steps)]
    tokens = [sum(len(ids) for ids, _, _ in part) for part in steps]
    ideal = [useful_operations(part, args.vocabulary) for part in steps]
    sizes = {"rows": args.rows, "micro": args.micro, "counted_steps": len(steps), "tokens": sum(tokens)}
    result: dict[str, Any] = {"vocabulary": args.vocabulary, "precision": args.precision, **sizes}
    for name, found in seconds.items():
        counted = list(zip(found[1:], tokens, ideal, peaks[1:], strict=True))
        result[name] = {
            "tokens_per_second": round(statistics.median(n / s for s, n, _, _ in counted), 1),
            "share_of_matmul_peak": round(statistics.median(work / s / peak for s, _, work, peak in counted), 3),
        }
    for name in others:
        ratios = [theirs / own for theirs, own in zip(seconds[name][1:], seconds["xlmk"][1:], strict=True)]
        result[f"xlmk / {name}"] = round(statistics.median(ratios), 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

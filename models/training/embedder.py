"""Fine-tunes the embedder for linking: claims on one question near, whatever they say of it; other facts of the same story far.

Supervised contrastive loss (Khosla et al. 2020) over batches of a few topics: every listed pair that is not `unrelated` is a
positive, contradictions as much as paraphrases; all other claims of the batch, the same topic's among them, are negatives.
Every third batch is followed by one of sentences and their translations, so that languages stay aligned.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from models.training.mix import read_jsonl
from models.training.nli import cpu_has_bf16

PREFIX = "query: "
TEMPERATURE = 0.05
MAX_TOKENS = 96
TOPICS_PER_BATCH = 6
TRANSLATIONS_PER_BATCH = 32
LEARNING_RATE = 3e-5
WARM_UP = 0.1
PARALLEL_ROWS = 5000
"""As far as the English rows of the mix stand in the same order as their translations."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts, and which of them belong together, (n, n) of bools with an empty diagonal."""

    texts: list[str]
    positives: Tensor


def topic_batches(files: Sequence[Path], rng: random.Random) -> Iterator[Batch]:
    """One pass over the topics in random order."""
    topics = [topic for path in files for topic in read_jsonl(path)]
    rng.shuffle(topics)
    for start in range(0, len(topics), TOPICS_PER_BATCH):
        texts: list[str] = []
        pairs: list[tuple[int, int]] = []
        for topic in topics[start : start + TOPICS_PER_BATCH]:
            offset = len(texts)
            texts += [c["text"] for c in topic["claims"]]
            pairs += [(offset + i, offset + j) for i, j, _, _, relation, _ in topic["pairs"] if relation != "unrelated"]
        yield _batch(texts, pairs)


def translation_batches(data: Path, languages: Sequence[str], rng: random.Random) -> Iterator[Batch]:
    """Endless batches of sentences, each with its translation: the parallel files hold the same sentence in the same row."""
    files = [(data / f"nli/train/mnli_{lang}.jsonl.gz", "") for lang in languages]
    files.append((data / "nli/train/en_mix.jsonl.gz", "mnli/train_15k"))
    columns = [
        list(islice((r["premise"] for r in read_jsonl(path) if r["source"].startswith(match)), PARALLEL_ROWS))
        for path, match in files
    ]
    while True:
        texts: list[str] = []
        for _ in range(TRANSLATIONS_PER_BATCH):
            row = rng.randrange(min(len(c) for c in columns))
            pair = rng.sample([c[row] for c in columns], 2)
            texts += pair
        yield _batch(texts, [(i, i + 1) for i in range(0, len(texts), 2)])


def _batch(texts: list[str], pairs: Sequence[tuple[int, int]]) -> Batch:
    positives = torch.zeros(len(texts), len(texts), dtype=torch.bool)
    for i, j in pairs:
        positives[i, j] = positives[j, i] = True
    return Batch(texts, positives)


def contrastive_loss(vectors: Tensor, positives: Tensor) -> Tensor:
    """Mean over the texts that have a positive; vectors are (n, d) unit rows."""
    logits = vectors @ vectors.T / TEMPERATURE
    logits = logits.masked_fill(torch.eye(len(vectors), dtype=torch.bool, device=vectors.device), float("-inf"))
    log_p = logits.log_softmax(-1)
    counts = positives.sum(-1)
    sums = log_p.masked_fill(~positives, 0.0).sum(-1)
    has = counts > 0
    return -(sums[has] / counts[has]).mean()


def embed(model: Any, tokenizer: Any, texts: Sequence[str], device: str) -> Tensor:
    """Unit vectors of the texts by mean pooling, (n, d)."""
    inputs = tokenizer([PREFIX + t for t in texts], truncation=True, max_length=MAX_TOKENS, padding=True, return_tensors="pt")
    inputs = inputs.to(device)
    hidden = model(**inputs).last_hidden_state.float()
    mask = inputs["attention_mask"][..., None].float()
    return nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def train(*, base: str, data: Path, out: Path, epochs: int, languages: Sequence[str], seed: int) -> None:
    """Writes the fine-tuned encoder to `out` after each epoch, with a log of the loss."""
    rng = random.Random(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    bf16 = device == "cuda" or cpu_has_bf16()
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = (
        AutoModel.from_pretrained(base, attn_implementation="eager", dtype=torch.float32, add_pooling_layer=False)
        .to(device)
        .eval()
    )
    model.get_input_embeddings().weight.requires_grad = False
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=LEARNING_RATE, weight_decay=0.01)
    files = sorted((data / "groups").glob("train_*.jsonl"))
    translations = translation_batches(data, languages, rng)
    total = epochs * len(list(topic_batches(files, random.Random(0)))) * 4 // 3
    step = 0
    out.mkdir(parents=True, exist_ok=True)
    for epoch in range(epochs):
        losses: list[float] = []
        for number, topics in enumerate(topic_batches(files, rng)):
            for batch in (topics, next(translations)) if number % 3 == 0 else (topics,):
                step += 1
                factor = min(step / (WARM_UP * total), max(0.02, 1 - step / total))
                for group in optimizer.param_groups:
                    group["lr"] = LEARNING_RATE * factor
                with torch.autocast(device, dtype=torch.bfloat16, enabled=bf16):
                    vectors = embed(model, tokenizer, batch.texts, device)
                loss = contrastive_loss(vectors.float(), batch.positives.to(device))
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(trainable, 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                losses.append(loss.item())
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
        line = {"at": round(time.time()), "epoch": epoch + 1, "loss": sum(losses) / len(losses)}
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

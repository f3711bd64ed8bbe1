"""Trains a pair model: one encoder, one pass, twelve logits (the label of (a, b), of (b, a), and the relation).

Runs on a GPU where there is one and on a CPU otherwise, in bf16 autocast where the processor multiplies bf16 itself. Dropout is
off, attention eager (the fused CPU kernel's backward pass is slow), word embeddings stay frozen: the small encoders then share
one table of them. Every `save_every_s` the whole state goes to disk, and a run that finds a state goes on from it.
"""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from models.training.mix import UNKNOWN, Recipe, Row, read_jsonl, stage_rows
from models.types import NLI_LABELS, RELATIONS

LABELS = (*NLI_LABELS, *(f"backward_{x}" for x in NLI_LABELS), *(f"relation_{x}" for x in RELATIONS))
"""Names of the twelve logits, in order; written into the model's config, where the registry reads them."""
HEADS = (slice(0, 3), slice(3, 6), slice(6, 12))
RELATION_WEIGHT = 1.0
WARM_UP = 0.05


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with the weights."""

    stage: int = 0
    batch: int = 0
    seen: int = 0


def open_model(path: str) -> tuple[Any, Any]:
    """The tokenizer and the model of a directory, with twelve labels and eager attention; new heads where shapes differ."""
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForSequenceClassification.from_pretrained(
        path,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={x: i for i, x in enumerate(LABELS)},
        attn_implementation="eager",
        ignore_mismatched_sizes=True,
        dtype=torch.float32,
    )
    _widen(model, path)
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"):
        if hasattr(model.config, name):
            setattr(model.config, name, 0.0)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return tokenizer, model


def _widen(model: Any, path: str) -> None:
    """Starts both NLI heads from the head of a model with the three labels alone."""
    weights = load_file(Path(path) / "model.safetensors")
    for name, parameter in model.named_parameters():
        old = weights.get(name)
        if old is not None and old.shape != parameter.shape and old.shape[0] == len(NLI_LABELS):
            with torch.no_grad():
                parameter[HEADS[0]], parameter[HEADS[1]] = old, old


def freeze(model: Any, layers: int) -> None:
    """Takes the embeddings and the lowest `layers` layers out of training."""
    base = model.base_model
    for module in (base.embeddings, *base.encoder.layer[:layers]):
        for parameter in module.parameters():
            parameter.requires_grad = False


def batches(rows: list[Row], tokenizer: Any, recipe: Recipe, rng: random.Random) -> list[list[int]]:
    """Row indices in batches of similar length within the token budget, in random order."""
    encoded = tokenizer([r.a for r in rows], [r.b for r in rows], truncation=True, max_length=recipe.max_tokens)["input_ids"]
    order = sorted(range(len(rows)), key=lambda i: (len(encoded[i]) + rng.random() * 6, i))
    out: list[list[int]] = [[]]
    longest = 0
    for i in order:
        longest = max(longest, len(encoded[i]))
        if out[-1] and longest * (len(out[-1]) + 1) > recipe.tokens_per_batch:
            out.append([])
            longest = len(encoded[i])
        out[-1].append(i)
    rng.shuffle(out)
    return out


def loss_of(logits: Tensor, rows: list[Row]) -> Tensor:
    """Weighted cross-entropy over the heads whose target is known; against the teacher's distribution where there is one."""
    device = logits.device
    weight = torch.tensor([r.weight for r in rows], device=device)
    total = logits.new_zeros(())
    parts = zip(HEADS, ("forward", "backward", "relation"), (1.0, 1.0, RELATION_WEIGHT), strict=True)
    for head, name, scale in parts:
        target = torch.tensor([getattr(r, name) for r in rows], device=device)
        known = target != UNKNOWN
        if known.any():
            losses = nn.functional.cross_entropy(logits[known, head], target[known], reduction="none")
            total = total + scale * (losses * weight[known]).sum() / len(rows)
    taught = [i for i, r in enumerate(rows) if r.teacher is not None]
    if taught:
        teacher = torch.tensor([rows[i].teacher for i in taught], device=device)
        for head, scale in zip(HEADS, (1.0, 1.0, RELATION_WEIGHT), strict=True):
            target_p = teacher[:, head].softmax(-1)
            losses = -(target_p * logits[taught][:, head].log_softmax(-1)).sum(-1)
            total = total + scale * (losses * weight[taught]).sum() / len(rows)
    return total


class Trainer:
    """One run of a recipe in a directory, resumable at any moment."""

    def __init__(
        self, recipe: Recipe, *, data: Path, out: Path, save_every_s: float = 300.0, minutes: float | None = None
    ) -> None:
        self.recipe, self.data, self.out = recipe, data, out
        self.save_every_s, self.deadline = save_every_s, time.monotonic() + minutes * 60 if minutes else None
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.bf16 = self.device == "cuda" or bool(torch.backends.cpu.get_cpu_capability() and cpu_has_bf16())
        out.mkdir(parents=True, exist_ok=True)
        self.state_file = out / "state.pt"
        resume = self.state_file.exists()
        self.tokenizer, self.model = open_model(str(out if resume else recipe.base))
        freeze(self.model, recipe.frozen_layers)
        self.model.to(self.device).eval()  # eval: no dropout anywhere; gradients flow all the same
        heads = {id(p) for p in self.model.parameters()} - {id(p) for p in self.model.base_model.parameters()}
        trainable = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in trainable if id(p) not in heads], "scale": 1.0},
                {"params": [p for p in trainable if id(p) in heads], "scale": 5.0},
            ],
            lr=recipe.learning_rate,
            weight_decay=0.01,
        )
        self.progress = Progress()
        if resume:
            state = torch.load(self.state_file, weights_only=True)
            self.optimizer.load_state_dict(state["optimizer"])
            self.progress = Progress(**state["progress"])
        self.banned = frozenset(
            text for name in recipe.held_out for raw in read_jsonl(data / name) for text in (raw["premise"], raw["hypothesis"])
        )
        self.total = sum(s.rows for stage in recipe.stages for s in stage.sources)

    def run(self) -> None:
        """Trains to the end of the recipe, or until the minutes are over; leaves a loadable model in the directory."""
        saved = time.monotonic()
        losses: list[float] = []
        for number, rows, batch in self._work():
            self._set_rate()
            losses.append(self._step([rows[i] for i in batch]))
            self.progress.batch = number + 1
            self.progress.seen += len(batch)
            if len(losses) == 50:
                self._log(loss=sum(losses) / len(losses))
                losses.clear()
            if time.monotonic() - saved > self.save_every_s:
                self.save()
                saved = time.monotonic()
            if self.deadline and time.monotonic() > self.deadline:
                break
        self.save()

    def _work(self) -> Iterator[tuple[int, list[Row], list[int]]]:
        while self.progress.stage < len(self.recipe.stages):
            stage = self.recipe.stages[self.progress.stage]
            rows = stage_rows(stage, root=self.data, seed=self.recipe.seed, banned=self.banned)
            rng = random.Random(f"{self.recipe.seed}/{stage.name}/batches")
            order = batches(rows, self.tokenizer, self.recipe, rng)
            self._log(stage=stage.name, rows=len(rows), batches=len(order), bf16=self.bf16)
            for number in range(self.progress.batch, len(order)):
                yield number, rows, order[number]
            self.progress.stage, self.progress.batch = self.progress.stage + 1, 0

    def _step(self, rows: list[Row]) -> float:
        inputs = self.tokenizer(
            [r.a for r in rows],
            [r.b for r in rows],
            truncation=True,
            max_length=self.recipe.max_tokens,
            padding=True,
            return_tensors="pt",
        ).to(self.device)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16):
            logits = self.model(**inputs).logits
        loss = loss_of(logits.float(), rows)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def _set_rate(self) -> None:
        done = min(1.0, self.progress.seen / self.total)
        factor = done / WARM_UP if done < WARM_UP else max(0.03, (1 - done) / (1 - WARM_UP))
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * factor * group["scale"]

    def _log(self, **values: Any) -> None:
        line = {"at": round(time.time()), "seen": self.progress.seen, "total": self.total, **values}
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def save(self) -> None:
        """Writes the model, the tokenizer and what is needed to go on; each file is replaced whole."""
        self.model.save_pretrained(self.out)
        self.tokenizer.save_pretrained(self.out)
        fresh = self.state_file.with_suffix(".new")
        torch.save({"optimizer": self.optimizer.state_dict(), "progress": vars_of(self.progress)}, fresh)
        fresh.replace(self.state_file)


def vars_of(progress: Progress) -> dict[str, int]:
    """The fields of a progress record."""
    return {"stage": progress.stage, "batch": progress.batch, "seen": progress.seen}


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bf16 itself; elsewhere autocast is many times slower than fp32."""
    info = Path("/proc/cpuinfo")
    return info.exists() and any(flag in info.read_text() for flag in ("avx512_bf16", "amx_bf16"))

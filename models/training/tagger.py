"""Trains the claim tagger: one encoder over a window of an article, and light heads on its tokens.

Every token gets a tag (claim, not a claim, noise); every claim, from its span, points at the words that stand for its speaker
and at the cue, and is classed: attributed or not, denied or not, modality, form of the quote, and whether it is a claim at all
(the spans that are annotated as none are the other side). Word embeddings stay frozen, so that the small encoders share one
table of them. The shipped weights are a running average of the trained ones.
"""

import json
import random
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from models.tagger import HEADS
from models.tagspans import CLASSES, DISTANCES, POINTERS, TAGS, distance_classes
from models.training.articles import GoldArticle, Sample, read_article, samples
from models.training.attributed import Maker
from models.training.mix import UNKNOWN, read_jsonl
from models.training.nli import cpu_has_bf16

WIDTH = 256
"""Of the layers between the encoder and the classes."""
POINTER_WIDTH = 64
AVERAGE = 0.99
"""How much of the running average stays at each step."""


@dataclass(frozen=True, slots=True)
class TaggerRecipe:
    """Everything a training run depends on."""

    name: str
    base: str
    seed: int
    articles: tuple[str, ...]
    """Files under --data."""
    epochs: int
    tokens_per_batch: int
    max_tokens: int
    learning_rate: float
    head_rate: float
    frozen_layers: int
    layer_decay: float
    """Factor on the learning rate from each layer to the one below."""
    weight_decay: float
    label_smoothing: float
    rarer: float
    """How often an article in another language than English is read, for each time one in English is."""
    groups: tuple[str, ...] = ()
    """Files of claim groups under --data, for made-up articles."""
    made: int = 0
    """How many articles are made up anew for each epoch."""
    held_out: int = 0
    """Articles of each file, from its end, kept for tuning."""


def load_recipe(path: Path) -> TaggerRecipe:
    """The recipe of a TOML file; unknown keys raise TypeError."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return TaggerRecipe(**{**raw, "articles": tuple(raw["articles"]), "groups": tuple(raw.get("groups", ()))})


def _attend(
    _module: nn.Module, query: Tensor, key: Tensor, value: Tensor, _mask: Tensor | None, scaling: float, **_: Any
) -> tuple[Tensor, None]:
    """Plain attention over a whole window."""
    weights = torch.softmax(query @ key.transpose(-1, -2) * scaling, -1)
    return (weights.to(value.dtype) @ value).transpose(1, 2).contiguous(), None


class Heads(nn.Module):
    """What stands on the encoder; `models.tagger` computes the same in numpy from the saved weights."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.tags = nn.Linear(hidden, len(TAGS))
        self.mentions = nn.Linear(hidden, 6)
        self.span = nn.Linear(3 * hidden, WIDTH)
        self.queries = nn.Linear(WIDTH, len(POINTERS) * POINTER_WIDTH)
        self.keys = nn.Linear(hidden, len(POINTERS) * POINTER_WIDTH)
        self.distances = nn.Parameter(torch.zeros(len(POINTERS), 2 * len(DISTANCES) + 1))
        self.mention_weight = nn.Parameter(torch.ones(len(POINTERS)))
        self.joint = nn.Linear(WIDTH + 2 * hidden, WIDTH)
        self.classes = nn.Linear(WIDTH, sum(CLASSES.values()))

    def claims(self, hidden: Tensor, mentions: Tensor, spans: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor]:
        """Pointer logits (claims, pointers, tokens) and class logits (claims, classes) of the claims of one window.

        `hidden` is (tokens, width), `mentions` the logits of the mention tags, (tokens, 6).
        """
        n = len(hidden)
        first, last = (torch.tensor(x, device=hidden.device) for x in zip(*spans, strict=True))
        sums = functional.pad(hidden.cumsum(0), (0, 0, 1, 0))
        mean = (sums[last + 1] - sums[first]) / (last + 1 - first).unsqueeze(1)
        span = functional.gelu(self.span(torch.cat([mean, hidden[first], hidden[last]], 1)))
        queries = self.queries(span).view(len(spans), len(POINTERS), POINTER_WIDTH)
        keys = self.keys(hidden).view(n, len(POINTERS), POINTER_WIDTH)
        far = torch.from_numpy(np.stack([distance_classes(s, n) for s in spans])).to(hidden.device)
        tagged = mentions.view(n, 2, 3).log_softmax(-1)[:, :, 1:]  # source or cue; begins there or goes on
        hints = torch.stack([tagged[:, 0, 0], tagged[:, 0].logsumexp(-1), tagged[:, 1, 0], tagged[:, 1].logsumexp(-1)])
        pointers = (
            torch.einsum("cpw,npw->cpn", queries, keys) / POINTER_WIDTH**0.5
            + self.distances[:, far].transpose(0, 1)
            + self.mention_weight[:, None] * hints
        )
        source, cue = (pointers[:, i].softmax(-1) @ hidden for i in (0, 2))
        joint = functional.gelu(self.joint(torch.cat([span, source, cue], 1)))
        return pointers, self.classes(joint)


def window_loss(heads: Heads, hidden: Tensor, sample: Sample, smoothing: float) -> dict[str, tuple[Tensor, int]]:
    """Sums of the losses of one window by part, and how many things each sums over."""
    tags, mentions = heads.tags(hidden), heads.mentions(hidden)
    real = torch.from_numpy(sample.window.paragraph >= 0).to(hidden.device)

    def tokens(logits: Tensor, target: Any, smooth: float = 0.0) -> Tensor:
        gold = torch.from_numpy(target).to(hidden.device)
        return functional.cross_entropy(logits[real], gold[real], reduction="sum", label_smoothing=smooth)

    count = int(real.sum())
    out = {
        "tags": (tokens(tags, sample.tags, smoothing), count),
        "sources": (tokens(mentions[:, :3], sample.source_tags), count),
        "cues": (tokens(mentions[:, 3:], sample.cue_tags), count),
    }
    spans = [c.span for c in sample.claims] + list(sample.not_claims)
    if spans:
        pointers, classes = heads.claims(hidden, mentions, spans)
        out |= _claim_losses(pointers, classes, sample, smoothing)
    return out


def _claim_losses(pointers: Tensor, classes: Tensor, sample: Sample, smoothing: float) -> dict[str, tuple[Tensor, int]]:
    out: dict[str, tuple[Tensor, int]] = {}
    device, n = pointers.device, len(sample.claims)
    at = dict(zip(CLASSES, classes.split_with_sizes(list(CLASSES.values()), 1), strict=True))

    def binary(name: str, values: Sequence[bool]) -> None:
        target = torch.tensor(values, dtype=torch.float32, device=device)
        logits = at[name][: len(values), 0]
        soft = target * (1 - smoothing) + smoothing / 2
        out[name] = functional.binary_cross_entropy_with_logits(logits, soft, reduction="sum"), len(values)

    def many(name: str, values: Sequence[int]) -> None:
        target = torch.tensor(values, device=device)
        loss = functional.cross_entropy(at[name][: len(values)], target, ignore_index=UNKNOWN, reduction="sum")
        out[name] = loss, int((target != UNKNOWN).sum())

    binary("claim", [True] * n + [False] * len(sample.not_claims))
    if n:
        binary("attributed", [c.attributed for c in sample.claims])
        binary("denies", [c.denies for c in sample.claims])
        if any(c.modality != UNKNOWN for c in sample.claims):
            many("modality", [c.modality for c in sample.claims])
        many("form", [c.form for c in sample.claims])
    for number, name in enumerate(POINTERS):
        edge = number % 2
        found = [(i, s[edge]) for i, c in enumerate(sample.claims) if (s := c.source if number < 2 else c.cue)]
        if found:
            rows, targets = (torch.tensor(x, device=device) for x in zip(*found, strict=True))
            loss = functional.cross_entropy(pointers[rows, number], targets, reduction="sum")
            out[f"pointer {name}"] = loss, len(found)
    return out


WEIGHTS = {
    "tags": 1.0,
    "sources": 0.5,
    "cues": 0.5,
    "claim": 0.3,
    "attributed": 0.3,
    "denies": 0.5,
    "modality": 0.2,
    "form": 0.2,
}
"""Of the parts of the loss; each pointer counts 0.15."""


def split(recipe: TaggerRecipe, data: Path) -> tuple[list[GoldArticle], list[GoldArticle]]:
    """The articles to train on and those kept for tuning."""
    train: list[GoldArticle] = []
    kept: list[GoldArticle] = []
    for name in recipe.articles:
        found = [read_article(raw) for path in sorted(data.glob(name)) for raw in read_jsonl(path)]
        step = len(found) // recipe.held_out if recipe.held_out else 0
        for number, article in enumerate(found):
            (kept if step and number % step == step // 2 else train).append(article)
    return train, kept


class TaggerTrainer:
    """One run of a recipe in a directory, resumable at any moment."""

    def __init__(
        self, recipe: TaggerRecipe, *, data: Path, out: Path, minutes: float | None = None, save_every_s: float = 300.0
    ) -> None:
        self.recipe, self.out, self.save_every_s = recipe, out, save_every_s
        self.deadline = time.monotonic() + minutes * 60 if minutes else None
        out.mkdir(parents=True, exist_ok=True)
        self.train, self.kept = split(recipe, data)
        topics = [t for name in recipe.groups for path in sorted(data.glob(name)) for t in read_jsonl(path)]
        self.maker = Maker(topics, self.train)
        torch.manual_seed(recipe.seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.bf16 = self.device == "cuda" or cpu_has_bf16()
        self.tokenizer = Tokenizer.from_file(str(Path(recipe.base) / "tokenizer.json"))
        ALL_ATTENTION_FUNCTIONS.register("unmasked", _attend)
        self.model = AutoModel.from_pretrained(
            recipe.base, add_pooling_layer=False, attn_implementation="unmasked", dtype=torch.float32
        )
        self.heads = Heads(self.model.config.hidden_size)
        self.model.embeddings.word_embeddings.weight.requires_grad = False
        for layer in self.model.encoder.layer[: recipe.frozen_layers]:
            layer.requires_grad_(requires_grad=False)
        self.both = nn.ModuleDict({"encoder": self.model, "heads": self.heads}).to(self.device).eval()
        self.optimizer = torch.optim.AdamW(self._groups(), weight_decay=recipe.weight_decay, betas=(0.9, 0.98))
        self.average = {k: v.detach().clone() for k, v in self.both.named_parameters() if v.requires_grad}
        self.epoch, self.batch, self.step = 0, 0, 0
        self.total = recipe.epochs * len(self._epoch(0))
        if (out / "state.pt").exists():
            self._resume()

    def _groups(self) -> list[dict[str, Any]]:
        depth = len(self.model.encoder.layer)
        groups = [{"params": list(self.heads.parameters()), "lr": 0.0, "rate": self.recipe.head_rate}]
        modules = [(self.model.embeddings, depth), *((x, depth - 1 - i) for i, x in enumerate(self.model.encoder.layer))]
        for module, below in modules:
            rate = self.recipe.learning_rate * self.recipe.layer_decay**below
            groups.append({"params": [p for p in module.parameters() if p.requires_grad], "lr": 0.0, "rate": rate})
        return [g for g in groups if g["params"]]

    def _epoch(self, number: int) -> list[list[Sample]]:
        """The batches of one epoch: every article varied anew, windows of similar length together."""
        rng = random.Random(f"{self.recipe.seed}/{number}")
        read: list[Sample] = []
        for article in self.train:
            often = 1.0 if article.lang == "en" else self.recipe.rarer
            donors = [a for a in self.train if a.lang == article.lang and a is not article]
            for _ in range(int(often) + (rng.random() < often % 1)):
                read += samples(article, self.tokenizer, rng=rng, donors=donors, max_tokens=self.recipe.max_tokens)
        for _ in range(self.recipe.made):
            read += samples(self.maker.make(rng), self.tokenizer, rng=rng, max_tokens=self.recipe.max_tokens)
        read.sort(key=lambda s: len(s.window.ids) + 30 * rng.random())
        out: list[list[Sample]] = [[]]
        for sample in read:
            if out[-1] and len(sample.window.ids) * (len(out[-1]) + 1) > self.recipe.tokens_per_batch:
                out.append([])
            out[-1].append(sample)
        rng.shuffle(out)
        return out

    def run(self) -> None:
        """Trains to the end of the recipe, or until the minutes are over; leaves a loadable model in the directory."""
        saved = time.monotonic()
        while self.epoch < self.recipe.epochs:
            parts: dict[str, list[float]] = {}
            for batch in self._epoch(self.epoch)[self.batch :]:
                for name, value in self._step(batch).items():
                    parts.setdefault(name, []).append(value)
                self.batch += 1
                if self.deadline and time.monotonic() > self.deadline:
                    self.save()
                    return
                if time.monotonic() - saved > self.save_every_s:
                    self.save()
                    saved = time.monotonic()
            self._log(epoch=self.epoch, **{k: round(sum(v) / len(v), 4) for k, v in parts.items()})
            self.epoch, self.batch = self.epoch + 1, 0
        self.save()

    def _step(self, batch: Sequence[Sample]) -> dict[str, float]:
        done = self.step / self.total
        factor = min(1.0, done / 0.06 + 0.01) * max(0.02, 1 - done)
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        sums: dict[str, Tensor] = {}
        counts: dict[str, int] = {}
        for sample in batch:  # one at a time: without padding no mask is needed, which saves a third of the time
            ids = torch.from_numpy(sample.window.ids).to(self.device)
            with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16):
                hidden = self.model(input_ids=ids[None], attention_mask=None).last_hidden_state[0].float()
            for name, (value, count) in window_loss(self.heads, hidden, sample, self.recipe.label_smoothing).items():
                sums[name] = sums[name] + value if name in sums else value
                counts[name] = counts.get(name, 0) + count
        losses = {name: value / max(1, counts[name]) for name, value in sums.items()}
        torch.stack([WEIGHTS.get(name, 0.15) * value for name, value in losses.items()]).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.both.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for name, parameter in self.both.named_parameters():
                if name in self.average:
                    self.average[name].lerp_(parameter, 1 - keep)
        return {name: value.item() for name, value in losses.items()}

    def _log(self, **values: Any) -> None:
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": round(time.time()), "step": self.step, "total": self.total, **values}) + "\n")

    def save(self) -> None:
        """Writes the averaged model with its tokenizer, and what is needed to go on."""
        state = {name: value.clone() for name, value in self.both.state_dict().items()} | self.average
        encoder = {k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")}
        self.model.save_pretrained(self.out, state_dict=encoder)
        AutoTokenizer.from_pretrained(self.recipe.base).save_pretrained(self.out)
        save_file({k.removeprefix("heads."): v for k, v in state.items() if k.startswith("heads.")}, self.out / HEADS)
        fresh = self.out / "state.new"
        trained = {k: v for k, v in self.both.named_parameters() if v.requires_grad}
        progress = {"epoch": self.epoch, "batch": self.batch, "step": self.step}
        torch.save(
            {"optimizer": self.optimizer.state_dict(), "weights": trained, "average": self.average, "progress": progress}, fresh
        )
        fresh.replace(self.out / "state.pt")

    def _resume(self) -> None:
        state: Mapping[str, Any] = torch.load(self.out / "state.pt", weights_only=True)
        self.optimizer.load_state_dict(state["optimizer"])
        self.both.load_state_dict(state["weights"], strict=False)
        self.average = state["average"]
        self.epoch, self.batch, self.step = (state["progress"][k] for k in ("epoch", "batch", "step"))

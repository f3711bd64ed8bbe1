"""The training mix: which rows, from which source, in which stage; declared in one TOML file a recipe.

A row has up to three targets, one per head of a pair model: the label of (a, b), the label of (b, a) and the relation of the
two claims. A target that is not known is -1 and takes no part in the loss. Teacher logits, where given, replace the labels.
"""

import gzip
import hashlib
import json
import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.training import groups
from models.types import NLI_LABELS

UNKNOWN = -1
PLAIN = 0.4
"""Share of the pairs of claim groups that are read without who says them and when."""


@dataclass(frozen=True, slots=True)
class Row:
    """One training pair and what is known of it."""

    a: str
    b: str
    forward: int = UNKNOWN
    backward: int = UNKNOWN
    relation: int = UNKNOWN
    weight: float = 1.0
    teacher: tuple[float, ...] | None = None

    def swapped(self) -> "Row":
        """The same pair read the other way round."""
        teacher = self.teacher and (*self.teacher[3:6], *self.teacher[0:3], *self.teacher[6:])
        return replace(self, a=self.b, b=self.a, forward=self.backward, backward=self.forward, teacher=teacher)


@dataclass(frozen=True, slots=True)
class Source:
    """One line of the mix: a file, how many of its rows, and under which licence they may be used."""

    path: str
    licence: str
    rows: int
    kind: str = "nli"
    """"nli" for premise and hypothesis rows, "groups" for claim groups (a glob of files)."""
    match: str = ""
    """Only rows whose `source` starts with this."""
    skip: int = 0
    """Matching rows to leave out at the start, so that parallel files can give different slices."""
    weight: float = 1.0
    languages: tuple[str, ...] = ()
    """Claim groups only: pairs whose two claims are both in these languages."""
    neutrals: float = 1.5
    """Claim groups only: unlisted pairs to take for each listed one."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Rows that are shuffled together, seen once; stages follow one another."""

    name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a training run depends on."""

    name: str
    base: str
    seed: int
    tokens_per_batch: int
    max_tokens: int
    learning_rate: float
    frozen_layers: int
    stages: tuple[Stage, ...]
    held_out: tuple[str, ...] = field(default=())
    """Files whose hypotheses and premises may not occur in training."""


def load_recipe(path: Path) -> Recipe:
    """The recipe of a TOML file; unknown keys raise TypeError."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    stages = tuple(Stage(s["name"], tuple(_source(x) for x in s["source"])) for s in raw.pop("stage"))
    raw["held_out"] = tuple(raw.get("held_out", ()))
    return Recipe(stages=stages, **raw)


def _source(raw: dict[str, Any]) -> Source:
    raw["languages"] = tuple(raw.get("languages", ()))
    return Source(**raw)


def stage_rows(stage: Stage, *, root: Path, seed: int, banned: frozenset[str] = frozenset()) -> list[Row]:
    """All rows of a stage, shuffled; half of them read the other way round."""
    rng = random.Random(f"{seed}/{stage.name}")
    rows: list[Row] = []
    for source in stage.sources:
        found = _group_rows(source, root, rng) if source.kind == "groups" else list(_nli_rows(source, root, banned))
        rng.shuffle(found)
        rows += [replace(row, weight=row.weight * source.weight) for row in found[: source.rows]]
    rng.shuffle(rows)
    return [row.swapped() if rng.random() < (0.5 if row.backward != UNKNOWN else 0.3) else row for row in rows]


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, gzipped or plain."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _nli_rows(source: Source, root: Path, banned: frozenset[str]) -> Iterator[Row]:
    seen = 0
    for raw in read_jsonl(root / source.path):
        if not str(raw.get("source", "")).startswith(source.match) or raw["label"] not in NLI_LABELS:
            continue
        if raw["hypothesis"] in banned or raw["premise"] in banned:
            continue
        seen += 1
        if seen > source.skip:
            yield _nli_row(raw)
        if seen >= source.skip + 4 * source.rows:  # enough to shuffle from, without reading all of a large file
            return


def _nli_row(raw: Mapping[str, Any]) -> Row:
    label = NLI_LABELS.index(raw["label"])
    back = NLI_LABELS.index(raw["reverse"]) if raw.get("reverse") else (2 if label == 2 else UNKNOWN)
    teacher = tuple(raw["teacher"]) if raw.get("teacher") else None
    return Row(raw["premise"], raw["hypothesis"], label, back, teacher=teacher)


def _group_rows(source: Source, root: Path, rng: random.Random) -> list[Row]:
    rows: list[Row] = []
    for path in sorted(root.glob(source.path)):
        for topic in read_jsonl(path):
            listed, unlisted = groups.topic_pairs(topic, languages=source.languages)
            keep = min(len(unlisted), round(source.neutrals * len(listed)))
            for pair in listed + rng.sample(unlisted, keep):
                alone = rng.random() < PLAIN  # the relation cannot be told from the texts alone
                a, b = groups.plain(pair) if alone else groups.with_metadata(pair)
                rows.append(Row(a, b, pair.forward, pair.backward, UNKNOWN if alone else pair.relation))
    return rows


def digest(path: Path) -> str:
    """The first 16 hex digits of a file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]

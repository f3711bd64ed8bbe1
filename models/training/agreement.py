"""How near the exported network is to the one it was made from, on real texts of many lengths, in batches and alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import registry
from models.training.mix import read_jsonl
from models.types import Pair

ALONE = 60
"""Inputs that are read once more each on its own; a trace at one length or batch size would show here."""


def real_pairs(files: Sequence[Path], count: int) -> list[Pair]:
    """Pairs spread evenly over the files and over each file's rows."""
    each = max(1, count // len(files))
    out: list[Pair] = []
    for path in files:
        rows = [(r["premise"], r["hypothesis"]) for r in read_jsonl(path)]
        out += rows[:: max(1, len(rows) // each)][:each]
    return out


def judge_agreement(trained: Path, exported: Path, pairs: Sequence[Pair]) -> dict[str, float]:
    """Of the exported judge against PyTorch in fp32.

    `same_label` is the share of equal answers, `largest` and `mean` the difference of probabilities over all heads,
    `batch` the largest difference that the batch made.
    """
    before, after = registry.load_nli(str(trained)).judge(pairs), registry.load_nli(str(exported))
    now = after.judge(pairs)
    heads = [(before.forward, now.forward), (before.backward, now.backward)]
    if before.relation is not None and now.relation is not None:
        heads.append((before.relation, now.relation))
    differences = np.concatenate([np.abs(a - b).ravel() for a, b in heads])
    chosen = _spread([len(a) + len(b) for a, b in pairs])
    alone = np.concatenate([after.predict([pairs[i]]) for i in chosen])
    return {
        "pairs": len(pairs),
        "same_label": float(np.mean([a.argmax(-1) == b.argmax(-1) for a, b in heads])),
        "largest": float(differences.max()),
        "mean": float(differences.mean()),
        "batch": float(np.abs(alone - now.forward[chosen]).max()),
    }


def embedder_agreement(trained: Path, exported: Path, texts: Sequence[str]) -> dict[str, float]:
    """Of the exported embedder against PyTorch in fp32: cosines with it, and the largest change that the batch made."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    from models.card import read_card

    encoder = Transformer(str(trained))
    reference = SentenceTransformer(modules=[encoder, Pooling(encoder.get_embedding_dimension(), "mean")], device="cpu")
    prefix = (read_card(exported).prefixes or {}).get("query", "")
    before = reference.encode([prefix + t for t in texts], normalize_embeddings=True)
    after = registry.load_embedder(str(exported))
    now = after.embed(texts)
    cosines = (before * now).sum(-1)
    chosen = _spread([len(t) for t in texts])
    alone = np.concatenate([after.embed([texts[i]]) for i in chosen])
    return {
        "texts": len(texts),
        "least_cosine": float(cosines.min()),
        "mean_cosine": float(cosines.mean()),
        "batch": float(np.abs(alone - now[chosen]).max()),
    }


def _spread(lengths: Sequence[int]) -> list[int]:
    """Indices of inputs from the shortest to the longest."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    return order[:: max(1, len(order) // ALONE)] + order[-1:]

"""Embedders as the linker uses them, beside BM25: `python -m eval retrieval [--embedder NAME…]`.

- checked claims: sentences of US debates and the PolitiFact claims that they repeat ("That is a Known Lie", Shaar et al. 2020),
  mean average precision at 5. The archive holds 817 of the paper's 16,636 claims, so the paper's figures do not compare;
  Snopes' claims are mixed in to make the search harder.
- same event: pairs of sentences of different ECB+ documents on one topic; the AUC of cosine for those that share an event.
- across languages: the parallel rows of MultiNLI; each foreign hypothesis looks for its English original among all of them.
"""

import argparse
import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval import datasets, metrics, news, places, results
from models import registry
from models.types import Embedder, FloatArray

BM25 = "BM25"
DEPTH = 5
BATCH = 512
EVENT_PAIRS = 20_000

Queries = list[tuple[str, int]]
"""A text and the place of what it should find."""
Ranker = Callable[[Sequence[str], Sequence[str]], FloatArray]
"""Queries and texts to be found → scores (queries, texts), the best largest."""


def by_embedder(model: Embedder) -> Ranker:
    """Cosine similarity of the vectors."""

    def scores(queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        a, b = (_embed(model, part) for part in (queries, texts))
        return np.asarray(a @ b.T, np.float32)

    return scores


def _embed(model: Embedder, texts: Sequence[str]) -> FloatArray:
    return np.concatenate([model.embed(texts[k : k + BATCH]) for k in range(0, len(texts), BATCH)])


def by_words(queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
    """BM25 with the defaults of bm25s (Lucene's variant, k1 1.5, b 0.75), words in small letters, no stemming."""
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), stopwords=None, show_progress=False), show_progress=False)
    tokens = bm25s.tokenize(list(queries), stopwords=None, return_ids=False, show_progress=False)
    nothing = np.zeros(len(texts), np.float32)
    return np.stack([np.asarray(index.get_scores(words), np.float32) if words else nothing for words in tokens])


def first_ranks(scores: FloatArray, wanted: Sequence[int]) -> np.ndarray:
    """The rank from 1 of what each query wants; texts of equal score stand before it, so that a constant finds nothing."""
    own = scores[np.arange(len(wanted)), list(wanted)]
    return np.asarray((scores >= own[:, None]).sum(1))


def ranking_figures(ranks: np.ndarray, *, depth: int = DEPTH) -> dict[str, Any]:
    """MAP at `depth` (with one right text a query: the mean of 1/rank, 0 beyond), and the share found first and by then."""
    gain = np.where(ranks <= depth, 1 / ranks, 0.0)
    low, high = metrics.interval(lambda rows: float(gain[rows].mean()), len(gain), rounds=1000)
    return {
        f"MAP@{depth}": float(gain.mean()),
        f"MAP@{depth} interval": (low, high),
        "first": float((ranks == 1).mean()),
        f"within {depth}": float((ranks <= depth).mean()),
    }


def known_lies(folder: Path, *, distractors: bool = True) -> tuple[Queries, list[str]]:
    """Debate sentences with the place of the claim that each repeats, and all claims, once each."""
    claims: dict[str, int] = {}
    queries: dict[tuple[str, int], None] = {}
    data = folder / "data" if (folder / "data").is_dir() else folder
    for path in sorted((data / "politifact/fact-checking").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["sentence"].strip() and row["verified_claim"].strip():
                    place = claims.setdefault(row["verified_claim"].strip(), len(claims))
                    queries[(row["sentence"].strip(), place)] = None
    for path in sorted((data / "politifact/verified-claims").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for fields in csv.reader(lines):
                claims.setdefault(fields[1].strip(), len(claims))
    if distractors:
        with (data / "snopes/verified-claims.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                claims.setdefault((row["fact"] or row["title"]).strip(), len(claims))
    return list(queries), list(claims)


def event_pairs(folder: Path, *, count: int = EVENT_PAIRS, seed: int = 1) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Pairs of sentences of two documents of a topic, and whether both mention one event; `count` random ones at most.

    Sentences without a linked event say nothing of whether events are the same, and are left out.
    """
    texts: dict[tuple[str, int], str] = {}
    for path in sorted(folder.glob("*_corpus.txt")):
        texts |= {(document, k): text for document, found in news.documents(path) for k, text in found.items()}
    chains: dict[tuple[str, int], set[str]] = defaultdict(set)
    for path in sorted(folder.glob("*_event_mentions.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                raw = json.loads(line)
                if not raw["is_singleton"]:
                    chains[(raw["doc_id"], raw["sent_id"])].add(raw["coref_chain"])
    topics: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key in sorted(chains.keys() & texts.keys()):
        topics[key[0].split("_")[0]].append(key)
    pairs = [(a, b) for keys in topics.values() for i, a in enumerate(keys) for b in keys[i + 1 :] if a[0] != b[0]]
    if len(pairs) > count:
        pairs = random.Random(seed).sample(pairs, count)
    return [(texts[a], texts[b]) for a, b in pairs], np.array([bool(chains[a] & chains[b]) for a, b in pairs], bool)


def pair_scores(rank: Ranker, pairs: Sequence[tuple[str, str]]) -> FloatArray:
    """The score of each pair, (n,), each text read once."""
    texts = sorted({text for pair in pairs for text in pair})
    place = {text: k for k, text in enumerate(texts)}
    table = rank(texts, texts)
    return np.array([max(table[place[a], place[b]], table[place[b], place[a]]) for a, b in pairs], np.float32)


def parallel(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """(language, foreign hypotheses, their English originals) of each parallel file, each English text once."""
    english = {row.id: row.hypothesis for row in datasets.rows(datasets.survey(folder / "mnli_en.jsonl.gz"))}
    for path in sorted(folder.glob("mnli_??.jsonl.gz")):
        lang = path.name[5:7]
        if lang == "en":
            continue
        pairs = {english[r.id]: r.hypothesis for r in datasets.rows(datasets.survey(path)) if r.id in english}
        yield lang, list(pairs.values()), list(pairs)


def measure(rank: Ranker, options: argparse.Namespace) -> dict[str, Any]:
    """All figures of one ranker; a set that is not on this machine is named and left out."""
    out: dict[str, Any] = {}
    for name, part in (("checked claims", _known_lie), ("same event", _same_event), ("across languages", _across)):
        try:
            out[name] = part(rank, options.sample)
        except places.NoData as error:
            results.warn(f"{name}: {error.message}")
    return out


def _known_lie(rank: Ranker, sample: int | None) -> dict[str, Any]:
    with places.unpacked("linking", "known_lie.tar.gz") as folder:
        out: dict[str, Any] = {"data": places.digest(places.packed("linking", "known_lie.tar.gz"))}
        for name, more in (("PolitiFact", False), ("PolitiFact and Snopes", True)):
            queries, claims = known_lies(folder, distractors=more)
            queries = queries[:sample]
            if sample is not None:
                claims = claims[: max([place for _, place in queries], default=0) + 1 + sample]
            ranks = first_ranks(rank([q for q, _ in queries], claims), [place for _, place in queries])
            out[name] = {"queries": len(queries), "claims": len(claims), **ranking_figures(ranks)}
        return out


def _same_event(rank: Ranker, sample: int | None) -> dict[str, Any]:
    with places.unpacked("linking", "ecbplus.tar.gz") as folder:
        pairs, same = event_pairs(folder, count=sample or EVENT_PAIRS)
    score = pair_scores(rank, pairs)
    low, high = metrics.interval(lambda rows: metrics.auc(same[rows], score[rows]), len(same))
    out: dict[str, Any] = {"data": places.digest(places.packed("linking", "ecbplus.tar.gz")), "pairs": len(pairs)}
    return out | {"same": int(same.sum()), "AUC": metrics.auc(same, score), "AUC interval": (low, high)}


def _across(rank: Ranker, sample: int | None) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for lang, foreign, english in parallel(places.find("nli", "dev")):
        ranks = first_ranks(rank(foreign[:sample], english[:sample]), range(len(foreign[:sample])))
        out[lang] = ranking_figures(ranks)
    out["mean first"] = float(np.mean([found["first"] for found in out.values()])) if out else float("nan")
    return out


def main(argv: Sequence[str], *, load: Callable[[str], Embedder] = registry.load_embedder) -> int:
    """Prints the figures as JSON, one line for each ranker."""
    parser = argparse.ArgumentParser(prog="python -m eval retrieval", description=__doc__.split("\n\n")[0])
    parser.add_argument("--embedder", nargs="+", default=[registry.BUNDLED], help="several are measured side by side")
    parser.add_argument("--sample", type=int, help="queries, pairs and rows of each part at most")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    out: dict[str, Any] = {"sample": options.sample, "rankers": {}}
    for name in [BM25, *options.embedder]:
        rank = by_words if name == BM25 else by_embedder(load(name))
        out["rankers"][name] = measure(rank, options)
        results.say({"ranker": name, **out["rankers"][name]})
    if not any(out["rankers"].values()):
        raise places.NoData(f"none of the sets is here: set {places.VARIABLE} to the folder that holds them")
    if options.json:
        results.write(options.json, out)
    return 0

"""The claim tagger: which stretches of an article are claims, who says each, by which words, how, and what is noise.

The encoder runs on the shared runtime and gives one vector a token; the heads on it are a handful of small matrices, computed
here in numpy. `models.training.tagger` trains both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.card import Card
from models.errors import BadOutput, FilesChanged
from models.runtime import Session, batches
from models.tagspans import (
    CLASSES,
    DISTANCES,
    FORMS,
    MODALITIES,
    POINTERS,
    best_range,
    claim_spans,
    distance_classes,
    in_claim,
    log_softmax,
    noise_of,
    trimmed,
)
from models.tagwindows import Window, padded, pieces, windows
from models.tokens import clean
from models.types import FloatArray, ModelInfo, TaggedClaim, TaggedParagraph

HEADS = "heads.safetensors"
"""File of the heads, beside the card."""
CONTEXT_TOKENS = 128
"""Earlier paragraphs that a window begins with, where an article needs several windows."""
WINDOWS_AT_ONCE = 64
TOKENS_PER_BATCH = 2048
SHORTEST = 3
"""Characters of a claim, after trimming; less is a stray mark."""


class Heads:
    """The matrices on the encoder, as `models.training.tagger.Heads` saved them."""

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        self._weights = weights

    def linear(self, name: str, x: FloatArray) -> FloatArray:
        """A layer applied to the last axis."""
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"], np.float32)

    def tags(self, hidden: FloatArray) -> FloatArray:
        """Log-probabilities of the token tags, (tokens, len(TAGS))."""
        return log_softmax(self.linear("tags", hidden))

    def claims(self, hidden: FloatArray, spans: Sequence[tuple[int, int]]) -> tuple[FloatArray, FloatArray]:
        """Pointer logits (claims, pointers, tokens) and class logits (claims, classes) of the claims of one window."""
        n = len(hidden)
        first, last = np.array(spans).T
        sums = np.concatenate([np.zeros((1, hidden.shape[1]), np.float32), hidden.cumsum(0)])
        mean = (sums[last + 1] - sums[first]) / (last + 1 - first)[:, None]
        span = _gelu(self.linear("span", np.concatenate([mean, hidden[first], hidden[last]], 1)))
        queries = self.linear("queries", span).reshape(len(spans), len(POINTERS), -1)
        keys = self.linear("keys", hidden).reshape(n, len(POINTERS), -1)
        far = np.stack([distance_classes(s, n) for s in spans])
        products = np.einsum("cpw,npw->cpn", queries, keys, optimize=True) / np.sqrt(queries.shape[-1])
        pointers = products + self._weights["distances"][:, far].transpose(1, 0, 2)
        pointers += self._weights["mention_weight"][:, None] * self._hints(hidden)
        source, cue = (np.exp(log_softmax(pointers[:, i])) @ hidden for i in (0, 2))
        joint = _gelu(self.linear("joint", np.concatenate([span, source, cue], 1)))
        return pointers.astype(np.float32), self.linear("classes", joint)

    def _hints(self, hidden: FloatArray) -> FloatArray:
        """How much each token looks like the beginning, and like any part, of a mention and of a cue; (pointers, tokens)."""
        tagged = log_softmax(self.linear("mentions", hidden).reshape(len(hidden), 2, 3))[:, :, 1:]
        anywhere = np.logaddexp(tagged[:, :, 0], tagged[:, :, 1])
        return np.stack([tagged[:, 0, 0], anywhere[:, 0], tagged[:, 1, 0], anywhere[:, 1]])


def load_heads(path: Path) -> Heads:
    """The heads of a file; raises FilesChanged where it does not hold them."""
    from safetensors.numpy import load_file

    weights = load_file(path) if path.is_file() else {}
    shape = weights["distances"].shape if "distances" in weights else None
    if shape != (len(POINTERS), 2 * len(DISTANCES) + 1):
        raise FilesChanged(f"{path} holds no heads of a claim tagger (distances: {shape}); restore it from the repository")
    return Heads(weights)


class Tagger:
    """A `ClaimTagger` on a bundled encoder; safe to call from several threads."""

    def __init__(self, session: Session, tokenizer: Any, card: Card, info: ModelInfo) -> None:
        self._session, self._tokenizer, self._info = session, tokenizer, info
        self._max_tokens = card.max_tokens
        self._heads = load_heads(card.directory / HEADS)

    @property
    def info(self) -> ModelInfo:
        """Name, version and runtime of the model."""
        return self._info

    def tag(self, paragraphs: Sequence[str], *, lang: str) -> list[TaggedParagraph]:  # noqa: ARG002
        """One result per paragraph, in order. The paragraphs are one article's, so that context is used across them.

        Any length of text is read, in windows; time grows linearly with it. The language is not needed. Raises BadOutput where
        the model answers with NaN or infinity, BadText for anything but strings.
        """
        texts = [clean(text, at=i) for i, text in enumerate(paragraphs)]
        found = [_Findings(text) for text in texts]
        parts = pieces(texts, self._tokenizer, longest=self._max_tokens - 2)
        read = windows(parts, max_tokens=self._max_tokens, context_tokens=CONTEXT_TOKENS)
        for start in range(0, len(read), WINDOWS_AT_ONCE):
            some = read[start : start + WINDOWS_AT_ONCE]
            for window, hidden in zip(some, self._hidden(some), strict=True):
                self._read(window, hidden, found)
        return [f.result() for f in found]

    def _hidden(self, some: Sequence[Window]) -> list[FloatArray]:
        out: list[FloatArray] = [np.zeros((0, 0), np.float32)] * len(some)
        for batch in batches([len(w.ids) for w in some], tokens_per_batch=TOKENS_PER_BATCH):
            ids, mask = padded([some[i] for i in batch])
            hidden = self._session(ids, mask)
            if not np.isfinite(hidden).all():
                raise BadOutput(f"the tagger ({self._session.runtime}) answered NaN or infinity: its weights are damaged")
            for row, i in enumerate(batch):
                out[i] = hidden[row, : len(some[i].ids)]
        return out

    def _read(self, window: Window, hidden: FloatArray, found: Sequence["_Findings"]) -> None:
        """Adds what a window says to the findings of its paragraphs."""
        tags = self._heads.tags(hidden)
        spans: list[tuple[int, int]] = []
        for number in np.unique(window.paragraph[window.fresh :]):
            if number < 0:
                continue
            tokens = np.flatnonzero(window.paragraph == number)
            tokens = tokens[tokens >= window.fresh]
            found[number].noise.append((noise_of(tags[tokens]), len(tokens)))
            found[number].tokens += zip(*window.offsets[tokens].T.tolist(), in_claim(tags[tokens]).tolist(), strict=True)
            spans += [(int(tokens[a]), int(tokens[b])) for a, b in claim_spans(tags[tokens])]
        if not spans:
            return
        pointers, classes = self._heads.claims(hidden, spans)
        for span, pointer, values in zip(spans, pointers, classes, strict=True):
            claim = _claim(window, span, pointer, values, found)
            if claim:
                found[int(window.paragraph[span[0]])].claims.append(claim)


class _Findings:
    """What the windows say of one paragraph."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.noise: list[tuple[float, int]] = []
        """Probability and tokens of each of its parts."""
        self.claims: list[TaggedClaim] = []
        self.tokens: list[tuple[int, int, float]] = []

    def result(self) -> TaggedParagraph:
        tokens = sum(n for _, n in self.noise)
        noise = sum(p * n for p, n in self.noise) / tokens if tokens else 0.0
        return TaggedParagraph(min(1.0, noise), tuple(self.claims), tuple(self.tokens))


def _claim(
    window: Window, span: tuple[int, int], pointers: FloatArray, classes: FloatArray, found: Sequence[_Findings]
) -> TaggedClaim | None:
    number = int(window.paragraph[span[0]])
    start, end = trimmed(found[number].text, *_offsets(window, span))
    if end - start < SHORTEST:
        return None
    at = dict(zip(CLASSES, np.split(classes, np.cumsum(list(CLASSES.values()))[:-1]), strict=True))
    form = FORMS[int(at["form"].argmax())]
    attributed = _sigmoid(at["attributed"])
    claim = TaggedClaim(
        span=(start, end),
        probability=_sigmoid(at["claim"]),
        source=None,
        cue=None,
        stance="denies" if _sigmoid(at["denies"]) >= 0.5 else "asserts",
        modality=MODALITIES[int(at["modality"].argmax())],
        form=form if attributed >= 0.5 else "none",
        attributed=attributed,
    )
    if attributed < 0.5:
        return claim
    source = best_range(pointers[0], pointers[1], window.paragraph)
    cue = best_range(pointers[2], pointers[3], window.paragraph)
    where = int(window.paragraph[source[0]])
    mention = trimmed(found[where].text, *_offsets(window, source))
    if where != number:
        return replace(claim, elsewhere=(where, *mention))
    near = int(window.paragraph[cue[0]]) == number
    return replace(claim, source=mention, cue=trimmed(found[where].text, *_offsets(window, cue)) if near else None)


def _offsets(window: Window, span: tuple[int, int]) -> tuple[int, int]:
    return int(window.offsets[span[0], 0]), int(window.offsets[span[1], 1])


def _sigmoid(logit: NDArray[np.float32]) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit[0], -30, 30))))


def _gelu(x: FloatArray) -> FloatArray:
    """X times the normal distribution function, polynomial 7.1.26 of Abramowitz and Stegun (error below 1.5e-7)."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = 0.5 * poly * np.exp(-z * z)
    return np.asarray(x * np.where(x > 0, 1 - tail, tail), np.float32)

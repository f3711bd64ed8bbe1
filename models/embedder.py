"""Embedders: texts in, unit vectors out."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.errors import BadOutput, BadText, ModelUnusable
from models.runtime import Session, run
from models.tokens import TextEncoder, Tokens, clean
from models.types import FloatArray, ModelInfo

KINDS = ("query", "passage")


class TextEmbedder:
    """A network that gives one vector per text. A text longer than it can take is read in windows, whose mean counts."""

    def __init__(
        self, session: Session, encoder: TextEncoder, info: ModelInfo, *, dimension: int, prefixes: Mapping[str, str]
    ) -> None:
        self._session, self._encoder, self._prefixes = session, encoder, prefixes
        self.info, self.dimension = info, dimension

    def embed(self, texts: Sequence[str], *, kind: str = "query") -> FloatArray:
        """Unit vectors of the texts, (n, dimension) float32; raises BadText for an input that is no string."""
        prefix = self._prefixes.get(_checked(kind), "")
        tokens = self._encoder.texts([prefix + clean(t, at=i) for i, t in enumerate(texts)])
        windows = [self._windows(t) for t in tokens]
        flat = [w for group in windows for w in group]
        vectors = run(self._session, flat, width=self.dimension, pad_id=self._encoder.pad_id)
        if len(flat) > len(tokens):
            starts = np.cumsum([0, *(len(group) for group in windows[:-1])])
            sizes = np.array([len(w.ids) for w in flat], np.float32)[:, None]
            vectors = np.add.reduceat(vectors * sizes, starts, axis=0)
        return unit(vectors)

    def _windows(self, tokens: Tokens) -> list[Tokens]:
        longest = self._encoder.max_tokens
        if len(tokens.ids) <= longest:
            return [tokens]
        first, last, inner = tokens.ids[:1], tokens.ids[-1:], tokens.ids[1:-1]  # <s> … </s>
        step = longest - 2
        parts = [first + inner[i : i + step] + last for i in range(0, len(inner), step)]
        return [Tokens(ids, [0] * len(ids)) for ids in parts]


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, on PyTorch, with its own pooling and prompts."""

    def __init__(self, model: object, info: ModelInfo) -> None:
        self._model, self.info = model, info
        dimension = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension  # type: ignore[attr-defined]
        self.dimension = int(dimension())
        if not self.dimension:
            raise ModelUnusable(f"{info.name} does not say how long its vectors are")

    def embed(self, texts: Sequence[str], *, kind: str = "query") -> FloatArray:
        """Unit vectors of the texts, (n, dimension) float32."""
        cleaned = [clean(t, at=i) for i, t in enumerate(texts)]
        if not cleaned:
            return np.empty((0, self.dimension), np.float32)
        encode = self._model.encode_query if _checked(kind) == "query" else self._model.encode_document  # type: ignore[attr-defined]
        return unit(np.asarray(encode(cleaned, convert_to_numpy=True, show_progress_bar=False), dtype=np.float32))


def unit(vectors: FloatArray) -> FloatArray:
    """The vectors at length one; raises BadOutput for one that is zero or not finite."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    bad = ~np.isfinite(lengths[:, 0]) | (lengths[:, 0] < 1e-6)
    if bad.any():
        raise BadOutput(
            f"the vector of input {int(bad.argmax())} has length {lengths[bad.argmax(), 0]}: the weights are damaged"
        )
    out: FloatArray = (vectors / lengths).astype(np.float32)
    return out


def _checked(kind: str) -> str:
    if kind not in KINDS:
        raise BadText(f"kind {kind!r} is not known: choose one of {', '.join(KINDS)}")
    return kind

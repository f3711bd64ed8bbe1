"""Inference sessions: padded token ids in, numbers out, on OpenVINO for the bundled weights and on PyTorch for any other.

Precision is fp32 on every processor, with weights stored as 8-bit integers. bf16 was measured 1.2 to 1.4 times as fast with
AVX-512 BF16 (14 batches of 2,048 tokens, e5-small), and so was 8-bit arithmetic on activations; but both move probabilities by
up to 0.011 with the batch a pair happens to stand in, where fp32 moves them by less than 0.00001. `precision` asks for bf16.
"""

import os
import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.card import Card
from models.errors import BadOutput, ModelUnusable
from models.tokens import Tokens
from models.types import FloatArray
from models.words import shared_table

IntArray = NDArray[np.int64]
TOKENS_PER_BATCH = 1024
PRECISIONS = ("f32", "bf16")


class Session(Protocol):
    """A loaded network; safe to call from several threads."""

    @property
    def runtime(self) -> str:
        """Engine and precision, such as "openvino f32, int8 weights, 2 threads"."""
        ...

    def __call__(self, ids: IntArray, mask: IntArray, types: IntArray | None = None) -> FloatArray:
        """The first output of the network for (batch, length) token ids; `mask` is 1 at tokens and 0 at padding."""
        ...


def available_threads() -> int:
    """Processors this process may use: its affinity, and the quota of its control group where there is one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = Path("/sys/fs/cgroup/cpu.max")
    if quota.is_file():
        limit, _, period = quota.read_text(encoding="ascii").partition(" ")
        if limit.isdigit():
            count = min(count, max(1, round(int(limit) / int(period))))
    return count


class OpenVinoSession:
    """A bundled network on OpenVINO."""

    def __init__(self, card: Card, *, threads: int = 0, precision: str = "f32") -> None:
        if precision not in PRECISIONS:
            raise ModelUnusable(f"precision {precision!r} is not offered: choose one of {', '.join(PRECISIONS)}")
        threads = threads or available_threads()
        self.runtime = f"openvino {precision}, int8 weights, {threads} thread{'s' * (threads > 1)}"
        self._words = shared_table(card.words, card.width) if card.words else None
        self._compiled = _core().compile_model(
            _read(card.directory),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision,
                "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": 1,
                "PERFORMANCE_HINT": "LATENCY",
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self, ids: IntArray, mask: IntArray, types: IntArray | None = None) -> FloatArray:  # noqa: ARG002
        """The output of the network for (batch, length) token ids."""
        first: NDArray[Any] = self._words(ids) if self._words else ids
        with self._request() as request:
            request.infer({0: first, 1: mask})
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)

    @contextmanager
    def _request(self) -> Iterator[Any]:
        """A request of this thread's own for as long as it lasts."""
        try:
            request = self._idle.get_nowait()
        except queue.Empty:
            request = self._compiled.create_infer_request()
        try:
            yield request
        finally:
            self._idle.put(request)


@cache
def _core() -> Any:  # openvino comes without types
    import openvino as ov

    return ov.Core()


def _read(directory: Path) -> Any:
    """The network of a directory; weights in several files (`model.bin.0`, …) are joined in memory."""
    import openvino as ov

    parts = sorted(directory.glob("model.bin.*"), key=lambda p: int(p.suffix[1:]))
    if not parts:
        return _core().read_model(directory / "model.xml")
    weights = np.empty(sum(p.stat().st_size for p in parts), np.uint8)
    at = 0
    for part in parts:
        data = np.fromfile(part, np.uint8)
        weights[at : at + len(data)] = data
        at += len(data)
    xml = (directory / "model.xml").read_bytes()
    return _core().read_model(model=xml, weights=ov.Tensor(weights))


class TorchSession:
    """Any transformers model on PyTorch; `head` takes its output and the mask to the array that is wanted."""

    def __init__(self, model: Any, *, head: Callable[[Any, Any], Any], takes_types: bool, threads: int = 0) -> None:
        import torch

        self._torch, self._head, self._takes_types = torch, head, takes_types
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        if threads and self.device == "cpu":
            torch.set_num_threads(threads)
        self._model = model.to(self.device).eval()
        self.runtime = f"torch f32, {self.device}"

    def __call__(self, ids: IntArray, mask: IntArray, types: IntArray | None = None) -> FloatArray:
        """The output of the head for (batch, length) token ids."""
        torch = self._torch
        inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if self._takes_types and types is not None:
            inputs["token_type_ids"] = torch.from_numpy(types)
        inputs = {k: v.to(self.device) for k, v in inputs.items()}
        with torch.inference_mode():
            out = self._head(self._model(**inputs), inputs["attention_mask"])
        array: FloatArray = out.float().cpu().numpy()
        return array


def batches(lengths: Sequence[int], *, tokens_per_batch: int) -> list[list[int]]:
    """Indices in batches of similar length, shortest first; batch times longest stays within the budget, or is one item."""
    out: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if out and lengths[i] * (len(out[-1]) + 1) <= tokens_per_batch:
            out[-1].append(i)
        else:
            out.append([i])
    return out


def run(
    session: Session, tokens: Sequence[Tokens], *, width: int, pad_id: int, tokens_per_batch: int = TOKENS_PER_BATCH
) -> FloatArray:
    """One row of `width` values per input, in input order; raises BadOutput where the network answers NaN or infinity."""
    out = np.empty((len(tokens), width), np.float32)
    for batch in batches([len(t.ids) for t in tokens], tokens_per_batch=tokens_per_batch):
        length = max(1, len(tokens[batch[-1]].ids))
        ids = np.full((len(batch), length), pad_id, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, i in enumerate(batch):
            n = len(tokens[i].ids)
            ids[row, :n], types[row, :n], mask[row, :n] = tokens[i].ids, tokens[i].types, 1
        out[batch] = session(ids, mask, types)
    if not np.isfinite(out).all():
        bad = int(np.flatnonzero(~np.isfinite(out).all(-1))[0])
        raise BadOutput(f"the model ({session.runtime}) answered {out[bad].tolist()} to input {bad}: its weights are damaged")
    return out

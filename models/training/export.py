"""Turns a trained directory into the form that ships: an OpenVINO network with 8-bit weights, and a card with hashes.

Weights are whole numbers from -127 to 127 in groups of 32 with an fp32 scale (1.125 bytes a weight); the arithmetic stays fp32.
Measured on the judge, 300 real pairs against fp32: one scale a row moves probabilities by at most 0.054, groups of 32 by 0.016.
The word table of the multilingual models stays outside, at the 4 bits it came with: the network takes embeddings.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import torch
from openvino import opset13
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

from models.card import CARD, digest
from models.words import encode

HEADS = "heads.safetensors"
"""What a tagger computes outside the network; it ships as it is."""
STAYING = ("base", "licence", "languages", "prefixes")
FILES = "## Files"
GROUP = 32
SMALLEST = 4096
"""Constants of fewer values stay fp32."""
PART_BYTES = 90_000_000
"""Longest file of weights; hosts of repositories refuse 100 MB."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of network to export: "nli" gives logits, "embedder" unit vectors, "encoder" the last hidden state."""

    kind: str
    model_class: Any

    def load(self, directory: Path) -> Any:
        """The PyTorch model in fp32."""
        extra = {} if self.kind == "nli" else {"add_pooling_layer": False}
        return self.model_class.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager", **extra).eval()


SHAPES = {
    "nli": Shape("nli", AutoModelForSequenceClassification),
    "embedder": Shape("embedder", AutoModel),
    "encoder": Shape("encoder", AutoModel),
}


class Network(nn.Module):
    """The model with one output, fed with embeddings or with token ids."""

    def __init__(self, model: Any, kind: str, *, embeds: bool) -> None:
        super().__init__()
        self.model, self.kind, self.name = model, kind, "inputs_embeds" if embeds else "input_ids"

    def forward(self, first: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits (batch, labels), unit vectors (batch, width) or hidden states (batch, length, width)."""
        out = self.model(**{self.name: first, "attention_mask": attention_mask})
        if self.kind == "embedder":
            return mean_pooled(out.last_hidden_state, attention_mask)
        wanted: Tensor = out.logits if self.kind == "nli" else out.last_hidden_state
        return wanted


def mean_pooled(hidden: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors (batch, width): the mean over the tokens that are not padding."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9), dim=-1)


def convert(directory: Path, kind: str, *, embeds: bool) -> ov.Model:
    """The network of a transformers directory with free batch and length and 8-bit weights."""
    model = SHAPES[kind].load(directory)
    width = model.config.hidden_size
    mask = torch.ones(3, 17, dtype=torch.int64)
    mask[1, 11:] = 0  # a trace over a mask without padding may leave the mask out
    first = torch.randn(3, 17, width) if embeds else torch.randint(5, 1000, (3, 17))
    if not embeds:
        first = first.masked_fill(mask == 0, model.config.pad_token_id)
    shape = [-1, -1, width] if embeds else [-1, -1]
    with torch.no_grad():
        network = ov.convert_model(
            Network(model, kind, embeds=embeds),
            example_input=(first, mask),
            input=[(shape, ov.Type.f32 if embeds else ov.Type.i64), ([-1, -1], ov.Type.i64)],
        )
    compress(network)
    return network


def compress(network: ov.Model) -> int:
    """Stores the large matrices of a network as 8-bit numbers, in place; returns how many."""
    done = 0
    for node in network.get_ordered_ops():
        kind = node.get_type_name()
        if kind == "MatMul":
            done += _compress_product(node)
        elif kind == "Gather" and node.input_value(0).get_node().get_type_name() == "Constant":
            done += _compress_lookup(node)
    network.validate_nodes_and_infer_types()
    return done


def _compress_product(node: ov.Node) -> bool:
    weights = node.input_value(1).get_node()
    if weights.get_type_name() != "Constant" or len(weights.shape) != 2 or weights.data.size < SMALLEST:
        return False
    matrix = weights.data.astype(np.float32)
    if not node.get_attributes()["transpose_b"]:
        return False
    whole, scale = quantise(matrix)
    back = opset13.multiply(opset13.convert(opset13.constant(whole), "f32"), opset13.constant(scale))
    flat = opset13.reshape(back, opset13.constant(np.array(matrix.shape, np.int64)), False)
    node.input(1).replace_source_output(flat.output(0))
    return True


def _compress_lookup(node: ov.Node) -> bool:
    """A table of embeddings: rows are looked up as 8-bit numbers and scaled afterwards."""
    table = node.input_value(0).get_node()
    if len(table.shape) != 2 or table.data.dtype != np.float32 or table.data.size < 1_000_000:
        return False
    whole, scale = quantise(table.data)
    axis = opset13.constant(np.int64(0))
    ids = node.input_value(1)
    rows = opset13.convert(opset13.gather(opset13.constant(whole), ids, axis), "f32")
    scaled = opset13.multiply(rows, opset13.gather(opset13.constant(scale), ids, axis))
    flat = opset13.reshape(scaled, opset13.constant(np.array([0, 0, table.shape[1]], np.int64)), True)
    for target in list(node.output(0).get_target_inputs()):
        target.replace_source_output(flat.output(0))
    return True


def quantise(matrix: Any) -> tuple[Any, Any]:
    """Whole numbers (rows, groups, 32) as int8 and scales (rows, groups, 1) as float32 whose product is nearest the matrix."""
    grouped = matrix.reshape(len(matrix), -1, GROUP)
    scale = np.abs(grouped).max(-1, keepdims=True) / np.float32(127)
    scale[scale == 0] = 1
    return np.rint(grouped / scale).astype(np.int8), scale.astype(np.float32)


def write(network: ov.Model, out: Path) -> list[str]:
    """Saves a network as `model.xml` and `model.bin`, the latter in parts where it is long; returns the names of the files."""
    for old in out.glob("model.bin*"):
        old.unlink()
    ov.save_model(network, out / "model.xml", compress_to_fp16=False)
    whole = out / "model.bin"
    if whole.stat().st_size <= PART_BYTES:
        return ["model.xml", "model.bin"]
    names = ["model.xml"]
    with whole.open("rb") as stream:
        while part := stream.read(PART_BYTES):
            names.append(f"model.bin.{len(names) - 1}")
            (out / names[-1]).write_bytes(part)
    whole.unlink()
    return names


def export_words(directory: Path, out: Path) -> None:
    """Writes the shared word table of a multilingual directory, its tokenizer and their hashes."""
    out.mkdir(parents=True, exist_ok=True)
    table = AutoModel.from_pretrained(directory, dtype=torch.float32).get_input_embeddings().weight.detach().numpy()
    (out / "words.q4").write_bytes(encode(table).tobytes())
    shutil.copy(directory / "tokenizer.json", out / "tokenizer.json")


def export(directory: Path, out: Path, *, kind: str, words: Path | None) -> None:
    """Writes the network of a trained directory and its card to `out`; `words` is the shared table the model was trained on.

    What an earlier card says of base, licence, languages and prefixes stays; what it measured goes, as the weights are others.
    Raises ValueError where the model's own word table is not that of `words`.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = AutoConfig.from_pretrained(directory)
    if words:
        _same_words(directory, words)
        tokenizer = words / "tokenizer.json"
        if not _same_tokens(tokenizer, directory / "tokenizer.json"):
            raise ValueError(f"{directory} and {words} have different tokenizers")
    else:
        shutil.copy(directory / "tokenizer.json", out / "tokenizer.json")
    files = write(convert(directory, kind, embeds=words is not None), out)
    files += [_relative(words / n, out) for n in ("words.q4", "tokenizer.json")] if words else ["tokenizer.json"]
    if (directory / HEADS).is_file():
        shutil.copy(directory / HEADS, out / HEADS)
        files.append(HEADS)
    hashes = {n: digest(out / n) for n in files}
    version = hashlib.sha256("".join(h for n, h in hashes.items() if not n.startswith("..")).encode()).hexdigest()
    old = json.loads((out / CARD).read_text(encoding="utf-8")) if (out / CARD).is_file() else {}
    card = {
        "name": out.name,
        "kind": {"encoder": "tagger"}.get(kind, kind),
        "version": version[:12],
        "max_tokens": max_tokens(config),
        "width": config.hidden_size,
        "pad_id": config.pad_token_id,
        "words": _relative(words / "words.q4", out) if words else None,
        "tokenizer": _relative(words / "tokenizer.json", out) if words else "tokenizer.json",
        "labels": [config.id2label[i] for i in range(config.num_labels)] if kind == "nli" else [],
        **{k: old[k] for k in STAYING if k in old},
        "files": hashes,
    }
    (out / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    list_files(out / "README.md", hashes)


def list_files(readme: Path, hashes: Mapping[str, str]) -> None:
    """Puts the sha256 of each file at the end of a model's README."""
    text = readme.read_text(encoding="utf-8") if readme.is_file() else f"# {readme.parent.name}\n"
    rows = "".join(f"| `{name}` | `{value}` |\n" for name, value in hashes.items())
    readme.write_text(f"{text.split(FILES)[0].rstrip()}\n\n{FILES}\n\n| file | sha256 |\n|---|---|\n{rows}", encoding="utf-8")


def max_tokens(config: Any) -> int:
    """Longest input with special tokens; MPNet and RoBERTa count positions from the padding id on."""
    offset = config.pad_token_id + 1 if config.model_type in ("mpnet", "roberta", "xlm-roberta", "camembert") else 0
    return int(config.max_position_embeddings) - offset


def _relative(path: Path, start: Path) -> str:
    return os.path.relpath(path.resolve(), start.resolve())


def _same_words(directory: Path, words: Path) -> None:
    own = AutoModel.from_pretrained(directory, dtype=torch.float32).get_input_embeddings().weight.detach().numpy()
    if encode(own).tobytes() != (words / "words.q4").read_bytes():
        raise ValueError(f"the word table of {directory} is not that of {words}: it was trained; keep it frozen")


def _same_tokens(a: Path, b: Path) -> bool:
    """Whether two tokenizers are one, apart from the truncation and padding that a training run may have left in the file."""
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in (a, b)]
    return all(parts[0][k] == parts[1][k] for k in ("model", "normalizer", "pre_tokenizer", "post_processor", "added_tokens"))

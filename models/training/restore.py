"""Turns shipped weights back into a transformers directory, so that training can go on from what the repository holds.

The 8-bit weights differ from the trained ones by less than one part in 250 of the largest of each group; the word embeddings,
which no recipe trains, come from the base. Optimiser state is not shipped: a run starts a new one.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from models.training.nli import open_model

PREFIX = "__module.model."
ENDINGS = {
    "/aten::linear/MatMul": ("weight", 1),
    "/aten::linear/Add": ("bias", 1),
    "/aten::layer_norm/Multiply_1": ("weight", 1),
    "/aten::layer_norm/Add": ("bias", 1),
    "/aten::embedding/Gather": ("weight", 0),
}
"""End of an operation's name → the parameter it applies and the input that holds it."""
FROZEN = ("embeddings.word_embeddings.", "position_ids")


def restore(shipped: Path, base: str, out: Path, *, kind: str) -> int:
    """Writes the directory and returns how many parameters it took from the shipped network.

    Raises ValueError where a trained parameter of the base is not found in the network, or has another shape there.
    """
    tokenizer: Any
    if kind == "nli":
        tokenizer, model = open_model(base)
    else:
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = AutoModel.from_pretrained(base, dtype=torch.float32, attn_implementation="eager", add_pooling_layer=False)
    found = parameters(shipped)
    own = model.state_dict()
    missing = [name for name in own if name not in found and not any(x in name for x in FROZEN)]
    wrong = [name for name in own if name in found and found[name].size != own[name].numel()]
    if missing or wrong:
        raise ValueError(f"{shipped} was not made from {base}: missing {missing[:3]}, other shapes {wrong[:3]}")
    taken = {name: torch.from_numpy(found[name]).reshape(own[name].shape) for name in own if name in found}
    model.load_state_dict(taken, strict=False)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return len(taken)


def parameters(shipped: Path) -> dict[str, NDArray[np.float32]]:
    """Parameter name → values, of a network as `export` writes it; word embeddings are left out."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder)
        (whole / "model.xml").write_bytes((shipped / "model.xml").read_bytes())
        with (whole / "model.bin").open("wb") as stream:
            for part in sorted(shipped.glob("model.bin*")):
                stream.write(part.read_bytes())
        network = ov.Core().read_model(whole / "model.xml")
        out = {}
        for node in network.get_ordered_ops():
            name = node.get_friendly_name()
            ending = next((e for e in ENDINGS if name.startswith(PREFIX) and name.endswith(e)), None)
            if ending is None:
                continue
            parameter, place = ENDINGS[ending]
            values = _constant(node.input_value(place).get_node())
            if values is None:
                values = _constant(node.input_value(1 - place).get_node())
            if values is not None:
                out[f"{name.removeprefix(PREFIX).removesuffix(ending)}.{parameter}"] = values
        return out


def _constant(node: ov.Node) -> NDArray[np.float32] | None:
    """The values behind an input: a constant, or whole numbers times scales; None for anything computed."""
    kind = node.get_type_name()
    if kind == "Constant":
        return np.array(node.data, np.float32) if node.data.dtype in (np.float32, np.int8) else None
    if kind in ("Convert", "Reshape"):
        return _constant(node.input_value(0).get_node())
    if kind == "Multiply":
        whole, scale = (_constant(node.input_value(i).get_node()) for i in (0, 1))
        return None if whole is None or scale is None else whole * scale
    return None

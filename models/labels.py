"""Which output of a model means what, told from the names in its config."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.errors import LabelsUnknown
from models.types import NLI_LABELS, RELATIONS

SYNONYMS = {
    "entailment": ("entailment", "entail", "entails", "entailed", "implication", "support", "supports", "supported"),
    "neutral": ("neutral", "neutrality", "unknown", "undetermined", "unrelated", "not enough info", "nei"),
    "contradiction": ("contradiction", "contradict", "contradicts", "contradictory", "refute", "refutes", "refuted"),
}
"""As found in the configs of public NLI and fact-verification models; case, "_" and "-" play no part."""


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """Where the logits of each head stand: of (a, b), and where the model has them of (b, a) and of the relation."""

    forward: tuple[int, ...]
    backward: tuple[int, ...] | None
    relation: tuple[int, ...] | None
    count: int


def label_order(names: Sequence[str], *, model: str) -> LabelOrder:
    """The order of a model's labels, given by their names in the order of its logits.

    Raises LabelsUnknown where the three labels cannot be told apart by name, or where there are too few.
    """
    at = {_plain(name): i for i, name in enumerate(names)}
    forward = _find(at, prefix="")
    if forward is None:
        raise LabelsUnknown(_complaint(names, model))
    return LabelOrder(
        forward=forward,
        backward=_find(at, prefix="backward "),
        relation=_exact(at, [f"relation {r}" for r in RELATIONS]),
        count=len(names),
    )


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def _find(at: Mapping[str, int], *, prefix: str) -> tuple[int, ...] | None:
    found = []
    for label in NLI_LABELS:
        places = {at[prefix + s] for s in SYNONYMS[label] if prefix + s in at}
        if len(places) != 1:
            return None
        found.append(places.pop())
    return tuple(found)


def _exact(at: Mapping[str, int], names: Sequence[str]) -> tuple[int, ...] | None:
    return tuple(at[n] for n in names) if all(n in at for n in names) else None


def _complaint(names: Sequence[str], model: str) -> str:
    listed = ", ".join(repr(n) for n in names)
    if len(names) < len(NLI_LABELS):
        return (
            f"{model} has {len(names)} labels ({listed}); three are needed: {', '.join(NLI_LABELS)}. "
            "A two-way model cannot tell a contradiction from a neutral pair; choose a model with three labels"
        )
    return (
        f"{model} names its labels {listed}; which of them is {', '.join(NLI_LABELS)} cannot be told. "
        "Name them so in id2label of its config.json"
    )

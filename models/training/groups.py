"""Claim groups as training pairs; the format is described in models/training/data/README.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.pairtext import ClaimText, pair_text
from models.types import RELATIONS


@dataclass(frozen=True, slots=True)
class GroupPair:
    """Two claims of one topic and how they stand: NLI labels both ways and the relation, as indices."""

    a: ClaimText
    b: ClaimText
    forward: int
    backward: int
    relation: int
    phenomena: tuple[str, ...]
    languages: tuple[str, str]


def topic_pairs(topic: Mapping[str, Any], *, languages: Sequence[str] = ()) -> tuple[list[GroupPair], list[GroupPair]]:
    """The listed pairs of a topic and the unlisted ones (neutral both ways and unrelated), within `languages` if given."""
    claims = topic["claims"]
    labels = {(i, j): (a, b, relation, why) for i, j, a, b, relation, why in topic["pairs"]}
    listed: list[GroupPair] = []
    unlisted: list[GroupPair] = []
    for i, first in enumerate(claims):
        for j in range(i + 1, len(claims)):
            second = claims[j]
            if languages and not {first["lang"], second["lang"]} <= set(languages):
                continue
            a, b, relation, why = labels.get((i, j), ("n", "n", "unrelated", []))
            pair = GroupPair(
                claim_text(first), claim_text(second), "enc".index(a), "enc".index(b),
                RELATIONS.index(relation), tuple(why), (first["lang"], second["lang"]),
            )  # fmt: skip
            (listed if (i, j) in labels else unlisted).append(pair)
    return listed, unlisted


def claim_text(claim: Mapping[str, Any]) -> ClaimText:
    """A claim of a group as the judge reads it."""
    return ClaimText(
        text=claim["text"], speaker=claim["speaker"], outlet=claim["outlet"], denies=claim["stance"] == "denies",
        date=claim["as_of"] or claim["said_at"],
    )  # fmt: skip


def plain(pair: GroupPair) -> tuple[str, str]:
    """Both texts alone."""
    return pair.a.text, pair.b.text


def with_metadata(pair: GroupPair) -> tuple[str, str]:
    """Both texts with who says them and when."""
    return pair_text(pair.a, pair.b)

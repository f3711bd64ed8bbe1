"""Sets of premise, hypothesis and label, in the formats they come in, read line by line.

Read are this project's JSONL (`premise, hypothesis, label`), SNLI and MNLI JSONL (`sentence1, sentence2, gold_label`), HANS and
Breaking NLI in either form, GLUE and XNLI TSV (with their header line), FEVER, VitaminC and FEVER-Symmetric JSONL
(`claim, evidence`), CSV as `eval label` writes it, each plain or gzipped, and Parquet. A file is read twice: once to count, to
hash and to find every bad line, and again for the rows, so that memory stays flat.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.lines import BadLine, entries, stem
from models.types import NLI_LABELS
from service.errors import InputError

NOT_ENTAILMENT, NOT_CONTRADICTION = "not_entailment", "not_contradiction"
WORDS = {
    "entailment": "entailment", "neutral": "neutral", "contradiction": "contradiction",
    "e": "entailment", "n": "neutral", "c": "contradiction",
    "not_entailment": NOT_ENTAILMENT, "non-entailment": NOT_ENTAILMENT, "not-entailment": NOT_ENTAILMENT,
    "not_contradiction": NOT_CONTRADICTION, "non-contradiction": NOT_CONTRADICTION,
    "supports": "entailment", "refutes": "contradiction", "not enough info": "neutral", "nei": "neutral",
}  # fmt: skip
"""What a set calls a label, in small letters → what it is called here."""
NO_GOLD = ("-", "")
"""What SNLI and MNLI write where the annotators did not agree; their papers leave such rows out, and so do we."""
PREMISE = ("premise", "sentence1", "evidence", "evidence_sentence", "sentence", "text1")
HYPOTHESIS = ("hypothesis", "sentence2", "claim", "question", "text2")
LABEL = ("gold_label", "label")
ID = ("id", "pairid", "unique_id", "uid", "index")
CATEGORY = ("category", "heuristic", "phenomenon", "set", "genre")
LANG = ("lang", "language")
SHOWN = 20


class BadRows(InputError):
    """Lines of a set that cannot be used; the message names each with file and line."""

    title = "Bad lines"


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled pair and where it stands."""

    premise: str
    hypothesis: str
    label: str
    line: int
    lang: str = ""
    category: str = ""
    id: str = ""


@dataclass(slots=True)
class Survey:
    """What a first reading of a file finds."""

    path: Path
    name: str
    digest: str = ""
    rows: int = 0
    no_gold: int = 0
    shared_ids: int = 0
    """Rows whose id an earlier row has too: a mistake, or, as in FNC-1, the id of a text that many pairs share."""
    labels: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    bad_lines: set[int] = field(default_factory=set)

    @property
    def task(self) -> str:
        """What the set asks, told by all labels of the file.

        "entailment" against the rest (HANS, RTE), "contradiction" against the rest, "two" for supports against refutes without
        a third label (FEVER-Symmetric), else "three".
        """
        if self.labels[NOT_ENTAILMENT]:
            return "entailment"
        if self.labels[NOT_CONTRADICTION]:
            return "contradiction"
        return "two" if set(self.labels) == {"entailment", "contradiction"} else "three"


def survey(path: Path, *, skip_bad: bool = False, numbers: tuple[str, ...] = ()) -> Survey:
    """What stands in a file; BadRows where a line is bad and `skip_bad` is not set, or where nothing is left.

    `numbers` gives the labels that 0, 1, 2 … mean; without it a numeric label is a bad line: sets number them differently.
    """
    found = Survey(path, stem(path))
    seen: dict[int, int] = {}
    ids: set[int] = set()
    for line, raw in entries(path):
        row = raw if isinstance(raw, BadLine) else _row(raw, line, numbers)
        if isinstance(row, Row) and row.id:
            found.shared_ids += hash(row.id) in ids
            ids.add(hash(row.id))
            first = seen.setdefault(hash((row.id, row.premise, row.hypothesis)), line)
            if first != line:
                row = BadLine(f"id {row.id!r} stands in line {first} already, with the same pair")
        if isinstance(row, BadLine):
            found.bad_lines.add(line)
            if len(found.bad) < SHOWN:
                found.bad.append(f"{path}:{line}: {row.why}")
        elif row is None:
            found.no_gold += 1
        else:
            found.rows += 1
            found.labels[row.label] += 1
    if found.bad and not skip_bad:
        count = len(found.bad_lines)
        more = [f"… and {count - SHOWN} more"] if count > SHOWN else []
        raise BadRows("\n".join([f"{count} bad lines; --skip-bad leaves them out:", *found.bad, *more]))
    if {NOT_ENTAILMENT, NOT_CONTRADICTION} <= set(found.labels):
        raise BadRows(f"{path}: not_entailment and not_contradiction in one set; split it into two files")
    if not found.rows:
        raise BadRows(f"{path}: no row that can be used")
    found.digest = _digest(path)
    return found


def rows(found: Survey, *, sample: int | None = None, seed: int = 1, numbers: tuple[str, ...] = ()) -> Iterator[Row]:
    """The good rows of a surveyed file in order, of which `sample` random ones where given."""
    chosen = None
    if sample is not None and sample < found.rows:
        chosen = set(random.Random(seed).sample(range(found.rows), sample))
    place = -1
    for line, raw in entries(found.path):
        if line in found.bad_lines or isinstance(raw, BadLine):
            continue
        row = _row(raw, line, numbers)
        if isinstance(row, Row):
            place += 1
            if chosen is None or place in chosen:
                yield row


def _row(raw: Mapping[str, Any], line: int, numbers: tuple[str, ...]) -> Row | BadLine | None:
    low = {str(key).strip().lower(): value for key, value in raw.items()}

    def first(names: tuple[str, ...]) -> Any:  # noqa: ANN401
        return next((low[name] for name in names if low.get(name) is not None), None)

    texts = first(PREMISE), first(HYPOTHESIS)
    for what, value, names in zip(("premise", "hypothesis"), texts, (PREMISE, HYPOTHESIS), strict=True):
        if value is None:
            return BadLine(f"no {what}: expected one of {', '.join(names)}; the row has {', '.join(map(str, raw))}")
        if not isinstance(value, str) or not value.strip():
            return BadLine(f"the {what} is no text: {value!r:.60}")
    label = _label(first(LABEL), numbers)
    if not isinstance(label, str):
        return label
    meta = [str(value) if (value := first(names)) is not None else "" for names in (LANG, CATEGORY, ID)]
    return Row(*texts, label, line, *meta)


def _label(value: object, numbers: tuple[str, ...]) -> str | BadLine | None:
    if value is None:
        return BadLine(f"no label: expected one of {', '.join(LABEL)}")
    text = str(value).strip().lower()
    if text in NO_GOLD:
        return None
    if text.lstrip("-").isdigit():
        if 0 <= int(text) < len(numbers):
            return numbers[int(text)]
        return (
            None if numbers and text == "-1" else BadLine(f"label {value!r} is a number: --int-labels says what 0, 1, 2 mean")
        )
    if text not in WORDS:
        return BadLine(f"unknown label {value!r}; known are {', '.join([*NLI_LABELS, NOT_ENTAILMENT, NOT_CONTRADICTION])}")
    return WORDS[text]


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as data:
        while block := data.read(1 << 20):
            total.update(block)
    return total.hexdigest()[:16]

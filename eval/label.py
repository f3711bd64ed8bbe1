"""Label pairs of your own: `python -m eval label pairs.csv --as NAME`, and `--agreement` for how far annotators agree.

The file is CSV with the columns premise and hypothesis; each annotator has a column of their own, `label_NAME`, which is saved
after every answer, so that one can stop at any time. The labels of others are not shown. With `--merge OUT` the majority label
of each pair goes into the column `label` of a new file, which `python -m eval nli --data OUT` measures models on.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eval import agreement, results
from service.errors import InputError

KEYS = {"e": "entailment", "n": "neutral", "c": "contradiction"}
PREFIX = "label_"
HELP = "e entailment, n neutral, c contradiction, s skip, b back, q stop"

Rows = list[dict[str, str]]


def read(path: Path) -> tuple[list[str], Rows]:
    """(columns, rows) of a file of pairs; InputError, naming the line, where a column or a text is missing."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            columns = list(reader.fieldnames or ())
            rows: Rows = []
            for row in reader:
                if None in row or None in row.values():
                    raise InputError(f"{path}:{reader.line_num}: more or fewer fields than the header")
                rows.append(row)
                _check(row, path, reader.line_num)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error.reason} at byte {error.start}; save it as CSV UTF-8") from error
    except OSError as error:
        raise InputError(f"{path} could not be read: {error.strerror}") from error
    if missing := {"premise", "hypothesis"} - set(columns):
        there = ", ".join(columns) or "none"
        raise InputError(f"{path}:1: no column {' and no column '.join(sorted(missing))}; it has {there}")
    return columns, rows


def _check(row: dict[str, str], path: Path, line: int) -> None:
    for name in ("premise", "hypothesis"):
        if name in row and not row[name].strip():
            raise InputError(f"{path}:{line}: the {name} is empty")
    for name, value in row.items():
        if name.startswith(PREFIX) and value and value not in KEYS.values():
            raise InputError(f"{path}:{line}: unknown label {value!r} in {name}; known are {', '.join(KEYS.values())}")


def write(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """The file anew, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        lines = csv.DictWriter(out, columns)
        lines.writeheader()
        lines.writerows(rows)
    part.replace(path)


def ask(path: Path, name: str, *, answer: Callable[[str], str] = input, say: Callable[[str], Any] = results.warn) -> int:
    """How many pairs an annotator labelled now; those that they labelled before are not asked again."""
    columns, rows = read(path)
    column = PREFIX + name
    if column not in columns:
        columns.append(column)
        for row in rows:
            row[column] = ""
    waiting = [k for k, row in enumerate(rows) if not row[column]]
    say(f"{len(waiting)} of {len(rows)} pairs to label. {HELP}")
    place = done = 0
    while place < len(waiting):
        row = rows[waiting[place]]
        say(f"\n[{place + 1}/{len(waiting)}]\n  1  {row['premise']}\n  2  {row['hypothesis']}")
        try:
            key = answer("given 1, is 2 so? ").strip().lower()[:1]
        except EOFError:
            break
        if key == "q":
            break
        if key == "b":
            place = max(0, place - 1)
        elif key == "s":
            place += 1
        elif key in KEYS:
            done += not row[column]
            row[column] = KEYS[key]
            write(path, columns, rows)
            place += 1
        else:
            say(HELP)
    return done


def votes(columns: Sequence[str], rows: Rows) -> dict[str, list[str | None]]:
    """Annotator → a label or None for each pair."""
    return {c.removeprefix(PREFIX): [row[c] or None for row in rows] for c in columns if c.startswith(PREFIX)}


def merge(columns: Sequence[str], rows: Rows) -> Rows:
    """The labelled pairs with the label that most annotators gave, "-" (no gold label) where two labels have as many."""
    out = []
    for k, row in enumerate(rows):
        found = Counter(label for given in votes(columns, rows).values() if (label := given[k]))
        if not found:
            continue
        (first, most), *rest = found.most_common()
        tied = bool(rest) and rest[0][1] == most
        kept = {key: value for key, value in row.items() if not key.startswith(PREFIX) and key != "label"}
        out.append({**kept, "label": "-" if tied else first})
    return out


def main(argv: Sequence[str], *, answer: Callable[[str], str] = input) -> int:
    """Labels, or prints the agreement as JSON, or merges."""
    parser = argparse.ArgumentParser(prog="python -m eval label", description=__doc__.split("\n\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--as", dest="name", help="who labels")
    parser.add_argument("--agreement", action="store_true", help="how far the annotators agree")
    parser.add_argument("--merge", type=Path, metavar="OUT", help="write the majority labels to this file")
    options = parser.parse_args(argv)
    if not (options.name or options.agreement or options.merge):
        parser.error("say who labels with --as NAME, or ask for --agreement or --merge OUT")
    if options.name:
        results.warn(f"{ask(options.file, options.name, answer=answer)} pairs labelled")
    columns, rows = read(options.file)
    if options.agreement:
        results.say(agreement.report(votes(columns, rows)))
    if options.merge:
        merged = merge(columns, rows)
        if not merged:
            raise InputError(f"{options.file}: nobody has labelled a pair yet")
        write(options.merge, list(merged[0]), merged)
        sys.stderr.write(f"{len(merged)} pairs to {options.merge}\n")
    return 0

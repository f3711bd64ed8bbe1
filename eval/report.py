"""One Markdown and one HTML file of the figures of a run: `python -m eval report RUN`.

RUN is the folder of JSON files that `eval all --out` writes; report.md, report.html and plots/ go beside them. Nothing is
measured here: the same files give the same report.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval import page, plots, results
from eval.groups import LEADERBOARD
from eval.page import Block, Details, Heading, Plot, Table, Text
from service.errors import InputError

TITLES = {
    "stories": "Story clusters: the whole pipeline in one ledger",
    "ablation": "What each stage adds, on the story clusters",
    "linking": "Linking: gold pairs brought together",
    "extraction": "Extraction: claims, speakers, quantities, dates",
    "ordinary": "False alarms on ordinary news",
    "checkworthy": "The claim probability on annotated sentences",
    "retrieval": "Retrieval: the embedder beside word matching",
    "speed": "Speed and size",
}
"""Part → its heading; every part is a table of its figures, those of claim groups and NLI sets more."""
NLI_ROWS = ("set", "task", "rows", "accuracy", "accuracy_interval", "best_constant", "macro_f1", "auc", "calibration_error")
SURE = 0.05


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """The parts of a run by name; InputError where there are none."""
    found = {path.stem: results.read(path) for path in sorted(folder.glob("*.json"))}
    if not found:
        raise InputError(f"{folder} holds no figures: run `python -m eval all --out {folder}` first")
    return found


def blocks(parts: Mapping[str, Mapping[str, Any]]) -> list[Block]:
    """The report, from top to bottom."""
    out: list[Block] = [Heading(1, "What counterclaim measures")]
    out.append(Text("What each figure means is said in docs/evaluation.md. Brackets hold 95 % intervals."))
    if "groups" in parts:
        out += _groups(parts["groups"])
    if "nli" in parts:
        out += _nli(parts["nli"])
    for name, title in TITLES.items():
        if name in parts:
            kept = {key: value for key, value in parts[name].items() if key not in ("made", "data")}
            out += [Heading(2, title), Table([{"figure": key, "value": value} for key, value in results.leaves(kept)])]
    if "groups" in parts:
        out += _errors(parts["groups"])
    return [*out, *_made(parts)]


def _groups(part: Mapping[str, Any]) -> list[Block]:
    models = part["models"]
    out: list[Block] = [
        Heading(2, "Claim groups: every pair of a topic"),
        Text(f"{part['pairs']:,} pairs. AP is the average precision of contradiction."),
        Table([{"model": name, **{key: row.get(key) for key in LEADERBOARD}} for name, row in models.items()]),
        Plot("groups-precision-recall", "Precision over recall of contradiction", plots.precision_recall(models)),
        Plot(
            "groups-reliability",
            "Probability of contradiction against how often it is one",
            plots.reliability({name: row["reliability"] for name, row in models.items() if row.get("reliability")}),
        ),
        Plot("groups-costs", "Cost of errors, by what a miss is worth", plots.costs(models)),
    ]
    for name, row in models.items():
        if seen := row.get("recall by phenomenon"):
            order = sorted(seen, key=lambda key: -seen[key]["contradictions"])
            lines = [{"phenomenon": key, **seen[key]} for key in order]
            out.append(Details(f"Contradictions found by phenomenon: {name}", [Table(lines)]))
    return out


def _nli(part: Mapping[str, Any]) -> list[Block]:
    rows = part["figures"]
    sample = f" At most {part['sample']:,} random rows of each set." if part.get("sample") else ""
    out: list[Block] = [Heading(2, "NLI sets"), Text(f"Two-way sets are scored as their papers do.{sample}")]
    models = list(dict.fromkeys(row["model"] for row in rows))
    for model in models:
        mine = [row for row in rows if row["model"] == model]
        lines = [{key: row.get(key) for key in (*NLI_ROWS, *_extra(mine))} for row in mine]
        out += [Heading(3, model), Table(lines)]
        out += [Details(f"{model} on {row['set']}, in detail", _detail(row)) for row in mine]
    values = [(r["set"], r["model"], r["accuracy"], *r["accuracy_interval"]) for r in rows]
    out.append(Plot("nli-accuracy", "Accuracy with 95 % intervals", plots.bars(values, "accuracy")))
    pooled = {model: _pooled([r["reliability"] for r in rows if r["model"] == model]) for model in models}
    out.append(Plot("nli-reliability", "Confidence against accuracy, all sets together", plots.reliability(pooled)))
    if compared := part.get("compared"):
        lines = [{**row, "differ": "yes" if row["p_holm"] < SURE else "not shown"} for row in compared]
        out.append(Details("Which models differ: McNemar's test, p corrected for all comparisons", [Table(lines)]))
    return out


def _extra(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [key for key in ("order_agreement", "pairs_per_s") if any(row.get(key) is not None for row in rows)]


def _detail(row: Mapping[str, Any]) -> list[Block]:
    out: list[Block] = [Table([{"label": name, **value} for name, value in row["per_class"].items()])]
    out.append(Table([{"gold \\ answer": gold, **given} for gold, given in row["confusion"].items()]))
    parts = [name for name in ("categories", "languages") if len(row[name]) > 1]
    out += [Table([{name: key, **value} for key, value in row[name].items()]) for name in parts]
    for name in ("false_alarms", "misses"):
        if row["worst"][name]:
            out += [Text(f"{name.replace('_', ' ')} that the model is surest of:"), Table(row["worst"][name])]
    return out


def _pooled(many: Sequence[Sequence[Sequence[float]]], *, bins: int = 15) -> list[tuple[int, float, float]]:
    """Bins of several sets put together."""
    sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
    for parts in many:
        for n, sure, hit in parts:
            place = sums[min(int(sure * bins), bins - 1)]
            place[0], place[1], place[2] = place[0] + n, place[1] + n * sure, place[2] + n * hit
    return [(int(n), sure / n, hit / n) for n, sure, hit in sums if n]


def _errors(part: Mapping[str, Any]) -> list[Block]:
    """The worst errors of the first model, with their texts: claim groups are ours to print."""
    name, row = next(iter(part["models"].items()))
    out: list[Block] = [Heading(2, f"Errors of {name} on claim groups")]
    titles = {"false_alarms": "False alarms, the surest first", "misses": "Missed contradictions, the surest first"}
    return [*out, *(Details(title, [Table(row["worst"][key])]) for key, title in titles.items())]


def _made(parts: Mapping[str, Mapping[str, Any]]) -> list[Block]:
    lines = []
    for name, part in parts.items():
        made = part.get("made", {})
        kept = {key: made.get(key) for key in ("at", "commit", "processor", "cores", "python", "numpy", "scikit-learn")}
        lines.append({"part": name, **kept})
    sets = parts.get("nli", {}).get("sets", [])
    data = [{"set": row["set"], "rows": row["rows"], "sha256, first digits": row["data"]} for row in sets]
    for name, part in parts.items():
        for key, value in (part.get("data") or {}).items():
            data.append({"set": f"{name}: {key}", "rows": None, "sha256, first digits": value})
    return [Heading(2, "How this was made"), Table(lines), *([Table(data)] if data else [])]


def write(folder: Path) -> tuple[Path, Path]:
    """The two files, written beside the figures."""
    found = blocks(load(folder))
    (folder / "plots").mkdir(exist_ok=True)
    for block in found:
        if isinstance(block, Plot):
            (folder / f"plots/{block.name}.svg").write_text(block.svg + "\n", encoding="utf-8")
    markdown, html = folder / "report.md", folder / "report.html"
    markdown.write_text(page.markdown(found), encoding="utf-8")
    html.write_text(page.html(found), encoding="utf-8")
    return markdown, html


def main(argv: Sequence[str]) -> int:
    """Writes both files and says where they are."""
    parser = argparse.ArgumentParser(prog="python -m eval report", description=__doc__.split("\n\n")[0])
    parser.add_argument("run", type=Path)
    options = parser.parse_args(argv)
    for path in write(options.run):
        results.warn(str(path))
    return 0

"""The plots of the report, as SVG text that is the same for the same figures."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

SIZE = (6.4, 4.0)
MOST = 60
"""Bars in one plot at most."""
STYLE: Any = {"svg.hashsalt": "counterclaim", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def precision_recall(models: Mapping[str, Mapping[str, Any]]) -> str:
    """Precision over recall of contradiction, a line for each model."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes("recall: contradictions that are found", "precision: shown pairs that are contradictions")
        for name, found in models.items():
            if curve := found.get("curve"):
                axes.step([p[0] for p in curve], [p[1] for p in curve], where="post", label=name, linewidth=1.2)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend(frameon=False)
        return _svg(figure)


def reliability(models: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """How often a model is right over how sure it is; the dashed line is a model whose word can be taken."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes("how sure the model is", "how often it is right")
        axes.plot([0, 1], [0, 1], linestyle="--", color="0.6", linewidth=0.8)
        for name, bins in models.items():
            axes.plot([b[1] for b in bins], [b[2] for b in bins], marker="o", markersize=3, label=name, linewidth=1.2)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend(frameon=False)
        return _svg(figure)


def costs(models: Mapping[str, Mapping[str, Any]]) -> str:
    """The least cost over what a miss is worth; 1 is the better of showing nothing and showing everything."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes("false alarms that a missed contradiction is worth", "cost, 1 without a model")
        for name, found in models.items():
            if found.get("costs"):
                worth, cost = [c["worth"] for c in found["costs"]], [c["cost"] for c in found["costs"]]
                axes.plot(worth, cost, marker="o", markersize=3, label=name, linewidth=1.2)
        axes.set_xscale("log", base=2)
        axes.set_ylim(0, 1.05)
        axes.axhline(1, linestyle="--", color="0.6", linewidth=0.8)
        axes.legend(frameon=False)
        return _svg(figure)


def bars(rows: Sequence[tuple[str, str, float, float, float]], label: str) -> str:
    """Bars with 95 % intervals: (set, model, value, low, high), models side by side; at most `MOST` bars, whole sets."""
    models = list(dict.fromkeys(row[1] for row in rows))
    sets = list(dict.fromkeys(row[0] for row in rows))[: max(1, MOST // max(1, len(models)))]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(SIZE[0], 0.8 + 0.16 * (len(models) + 1) * len(sets)))
        axes = figure.add_subplot()
        height = 0.8 / max(1, len(models))
        for k, model in enumerate(models):
            mine = {row[0]: row[2:] for row in rows if row[1] == model}
            kept = [(y + k * height, *mine[name]) for y, name in enumerate(sets) if name in mine]
            errors = [[v - low for _, v, low, _ in kept], [high - v for _, v, _, high in kept]]
            places, values = [y for y, *_ in kept], [v for _, v, _, _ in kept]
            axes.barh(places, values, height * 0.9, label=model, xerr=errors, error_kw={"elinewidth": 0.7})
        axes.set_yticks([y + height * (len(models) - 1) / 2 for y in range(len(sets))], sets)
        axes.invert_yaxis()
        axes.set_xlabel(label)
        axes.set_xlim(0, 1)
        axes.legend(frameon=False, loc="lower right")
        return _svg(figure)


def _axes(x: str, y: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=SIZE)
    axes = figure.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return figure, axes


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]

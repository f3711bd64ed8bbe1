"""`python -m eval stories`: story clusters through the whole pipeline, in one ledger, scored against what an editor would say.

A flagged pair is right where it matches a gold contradiction of its story on both sides (an overlap of at least half of
the shorter span; a copy in the same wire group counts); anything else that is flagged is a false alarm. The definitions
are those of eval/data/README.md.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Rows = Sequence[dict[str, Any]]


@dataclass(slots=True)
class StoryReport:
    """Figures of one run: rates by name, and a line for each thing that went wrong."""

    rates: dict[str, float]
    counts: dict[str, int]
    lines: list[str] = field(default_factory=list)


class Story:
    """One story cluster with its gold."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw, self.id = raw, raw["id"]
        self.text = {a["id"]: a["text"] for a in raw["articles"]}
        self.group = {a: a for a in self.text}
        for copies in raw["syndicated"]:
            for a in copies:
                self.group[a] = copies[0]

    def spans(self, side: dict[str, Any]) -> list[tuple[str, tuple[int, int]]]:
        """Where a gold quote stands: its own article, and the copies of it in the same wire group."""
        found = []
        for article, text in self.text.items():
            at = text.find(side["quote"])
            if self.group[article] == self.group[side["article"]] and at >= 0:
                found.append((f"{self.id}/{article}", (at, at + len(side["quote"]))))
        return found

    def matches(self, pair: dict[str, Any], gold: dict[str, Any]) -> bool:
        """Whether a flagged pair is this gold pair, in either order."""
        return any(self._side(pair["a"], gold[x]) and self._side(pair["b"], gold[y]) for x, y in (("a", "b"), ("b", "a")))

    def _side(self, side: dict[str, Any], gold: dict[str, Any]) -> bool:
        return any(side["external_id"] == article and overlaps(side["span"], span) for article, span in self.spans(gold))

    def label(self, pair: dict[str, Any]) -> str:
        """Say what the gold says of a pair: "conflict", "update" or "none"."""
        for gold in self.raw["contradictions"]:
            if self.matches(pair, gold):
                return "update" if gold["relation"] == "update" else "conflict"
        return "none"


def overlaps(s: Sequence[int], t: Sequence[int]) -> bool:
    """Whether two spans share at least half of the shorter one."""
    shared = max(0, min(s[1], t[1]) - max(s[0], t[0]))
    return shared >= 0.5 * max(1, min(s[1] - s[0], t[1] - t[0]))


def names(speaker: str | None) -> set[str]:
    """The words of a name that count when two are compared."""
    return {w.strip(".,’'\"").lower() for w in (speaker or "").split() if len(w) > 2}


def score(stories: Iterable[dict[str, Any]], *, articles: Rows, claims: Rows, contradictions: Rows) -> StoryReport:
    """The figures of an export against the gold of all stories."""
    known = [Story(raw) for raw in stories]
    by_article = defaultdict(list)
    for claim in claims:
        by_article[claim["external_id"]].append(claim)
    groups = {a["external_id"]: a.get("wire_group") for a in articles}
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    lines: list[str] = []
    right: set[int] = set()
    for story in known:
        mine = [
            (i, pair)
            for i, pair in enumerate(contradictions)
            if any(pair[side]["external_id"].startswith(story.id + "/") for side in "ab")
        ]
        _count_pairs(story, mine, total, hit, lines, right)
        _count_claims(story, by_article, total, hit, lines)
        _count_wire(story, groups, total, hit)
    texts = {f"{s.id}/{a}": text for s in known for a, text in s.text.items()}
    lines += [_false_alarm(pair, texts) for i, pair in enumerate(contradictions) if i not in right]
    rates = {name: hit[name] / total[name] for name in sorted(total) if total[name]}
    flagged = len(contradictions)
    rates["precision"] = len(right) / flagged if flagged else 0.0
    return StoryReport(rates, {**total, "flagged": flagged, "false alarms": flagged - len(right)}, lines)


def _count_pairs(
    story: Story,
    mine: list[tuple[int, dict[str, Any]]],
    total: Counter[str],
    hit: Counter[str],
    lines: list[str],
    right: set[int],
) -> None:
    for gold in story.raw["contradictions"]:
        matching = [(i, pair) for i, pair in mine if story.matches(pair, gold)]
        right.update(i for i, _ in matching)
        for key in ("recall", f"recall of {gold['kind']}", f"recall of {gold['relation']}"):
            total[key] += 1
            hit[key] += bool(matching)
        if matching:
            best = max(matching, key=lambda m: m[1]["probability"])[1]["relation"]
            total["relation right"] += 1
            hit["relation right"] += (best == "update") == (gold["relation"] == "update")
        else:
            lines.append(
                f"MISSED   {story.id} [{gold['kind']}/{gold['relation']}] {gold['a']['quote']!r} <> {gold['b']['quote']!r}"
            )
    for gold in (*story.raw["hard_negatives"], *story.raw["agreements"]):
        trapped = any(story.matches(pair, gold) for _, pair in mine)
        total["trap rate"] += 1
        hit["trap rate"] += trapped
        if trapped:
            lines.append(f"TRAPPED  {story.id} {gold['a']['quote']!r} <> {gold['b']['quote']!r} ({gold['why']})")


def _count_claims(
    story: Story, claims: dict[str, list[dict[str, Any]]], total: Counter[str], hit: Counter[str], lines: list[str]
) -> None:
    raw = story.raw
    golds = {
        (side["article"], side["quote"]) for p in (*raw["contradictions"], *raw["agreements"]) for side in (p["a"], p["b"])
    }
    golds |= {(a["article"], a["quote"]) for a in raw["attributions"]}

    def found(article: str, quote: str) -> list[dict[str, Any]]:
        at = story.text[article].find(quote)
        return [c for c in claims[f"{story.id}/{article}"] if overlaps(c["span"], (at, at + len(quote)))]

    for article, quote in golds:
        total["claims covered"] += 1
        hit["claims covered"] += bool(found(article, quote))
    for gold in raw["attributions"]:
        candidates = found(gold["article"], gold["quote"])
        good = [c for c in candidates if names(c.get("speaker")) & names(gold["speaker"])]
        total["speaker right"] += 1
        hit["speaker right"] += bool(good)
        if good:
            total["stance right"] += 1
            hit["stance right"] += any(c.get("stance") == gold["stance"] for c in good)
        else:
            got = [c.get("speaker") for c in candidates]
            lines.append(f"SPEAKER  {story.id}/{gold['article']} want {gold['speaker']!r} got {got} for {gold['quote']!r}")
    for quote in raw["not_claims"]:
        total["noise kept out"] += 1
        hit["noise kept out"] += not found(quote["article"], quote["quote"])


def _count_wire(story: Story, groups: dict[str, str | None], total: Counter[str], hit: Counter[str]) -> None:
    ids = list(story.text)
    for k, first in enumerate(ids):
        for second in ids[k + 1 :]:
            a, b = groups.get(f"{story.id}/{first}"), groups.get(f"{story.id}/{second}")
            same, gold = a is not None and a == b, story.group[first] == story.group[second]
            total["wire recall"] += gold
            hit["wire recall"] += gold and same
            total["wire precision"] += same
            hit["wire precision"] += gold and same


def _false_alarm(pair: dict[str, Any], texts: dict[str, str]) -> str:
    quotes = [texts.get(pair[x]["external_id"], "")[slice(*pair[x]["span"])] for x in "ab"]
    a, b = pair["a"]["external_id"], pair["b"]["external_id"]
    return f"FALSE    p={pair['probability']:.2f} {pair['relation']} {a} {quotes[0]!r} <> {b} {quotes[1]!r}"


def main(argv: Sequence[str]) -> int:
    """Ingest the stories into one ledger and print the figures."""
    from eval.ledgers import filled, load_stories, story_submissions
    from service.export import lines as export

    parser = argparse.ArgumentParser(prog="python -m eval stories", description=__doc__)
    parser.add_argument("--stories", type=Path, default=Path(__file__).parent / "data/stories")
    parser.add_argument("--errors", action="store_true", help="print a line for each miss and false alarm")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    stories = load_stories(options.stories)
    with filled(s for story in stories for s in story_submissions(story)) as run:
        report = score(
            stories,
            articles=list(export(run.ledger, "articles")),
            claims=list(export(run.ledger, "claims")),
            contradictions=list(export(run.ledger, "contradictions")),
        )
    lines = [f"{name:32} {value:.3f}" for name, value in report.rates.items()]
    lines += [f"{name:32} {value}" for name, value in report.counts.items()]
    print("\n".join([*lines, *run.failures, *(report.lines if options.errors else ())]))  # noqa: T201
    if options.json:
        options.json.write_text(json.dumps({"rates": report.rates, "counts": report.counts}, indent=1), encoding="utf-8")
    return 0

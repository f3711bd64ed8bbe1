"""What each stage adds: the story clusters through the pipeline, whole and without one stage. `python -m eval ablation`.

- without the event: the linker does not know whether two articles report the same thing;
- without quantities: the quantity reasoner says nothing, the NLI model alone sees figures;
- without attribution: nobody is known to have said anything, and nothing is denied.

The decision is not fitted anew: this is what the running system loses, not what another one could learn to do without.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval import results
from eval.ledgers import RecordingJudge, filled, load_stories, story_submissions
from eval.stories import score
from models.types import NliModel
from service.export import lines as export
from service.features import Scored
from service.link import LINK_FEATURES, Linker, Neighbour
from service.pipeline import Models
from service.records import Attribution, ClaimContext, Link, QuantityVerdict
from service.settings import Settings, load_settings

STORIES = Path(__file__).parent / "data/stories"
SHOWN = ("precision", "recall", "trap rate", "relation right", "recall of numeric", "recall of attributed_dispute")


class WithoutQuantities(RecordingJudge):
    """A judge whose quantity reasoner finds nothing to compare."""

    def score(self, links: Sequence[Link]) -> list[Scored]:
        """As of the judge, with every verdict "none"."""
        return [replace(item, quantity=QuantityVerdict("none"), figures=None, alike=0.0) for item in super().score(links)]


class WithoutAttribution(RecordingJudge):
    """A judge that does not know who says a claim, nor that it is denied."""

    def score(self, links: Sequence[Link]) -> list[Scored]:
        """As of the judge, of links without speakers."""
        return super().score([replace(link, a=_nameless(link.a), b=_nameless(link.b)) for link in links])


def _nameless(side: ClaimContext) -> ClaimContext:
    return replace(side, claim=replace(side.claim, attribution=Attribution()))


class WithoutEvent(Linker):
    """A linker to which all articles are as near as the middle of what it was fitted on."""

    def links(self, claim: ClaimContext, neighbours: Sequence[Neighbour]) -> list[Link]:
        """As of the linker."""
        middle = float(self.model.mean[LINK_FEATURES.index("event")])
        return super().links(claim, [replace(n, event=middle) for n in neighbours])


@dataclass(frozen=True, slots=True)
class Variant:
    """A pipeline that lacks something."""

    linker: Callable[[], Linker] = Linker
    judge: Callable[[NliModel], RecordingJudge] = RecordingJudge


VARIANTS = {
    "whole": Variant(),
    "without the event": Variant(linker=WithoutEvent),
    "without quantities": Variant(judge=WithoutQuantities),
    "without attribution": Variant(judge=WithoutAttribution),
}


def run(name: str, stories: Sequence[dict[str, Any]], models: Models, settings: Settings) -> dict[str, float]:
    """The rates of a variant on the stories, and the pairs that the judge was asked."""
    variant = VARIANTS[name]
    submissions = (s for story in stories for s in story_submissions(story))
    with filled(submissions, settings=settings, models=models, judge_of=variant.judge, linker=variant.linker()) as done:
        report = score(
            stories,
            articles=list(export(done.ledger, "articles")),
            claims=list(export(done.ledger, "claims")),
            contradictions=list(export(done.ledger, "contradictions")),
        )
        judged = len(done.scored)
    rates = {key: report.rates[key] for key in SHOWN if key in report.rates}
    return {**rates, "flagged": float(report.counts["flagged"]), "pairs judged": float(judged)}


def main(argv: Sequence[str], *, load: Callable[[Settings], Models] = Models) -> int:
    """Prints one JSON line for each variant and the table on standard error."""
    parser = argparse.ArgumentParser(prog="python -m eval ablation", description=__doc__.split("\n\n")[0])
    parser.add_argument("--stories", type=Path, default=STORIES)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    settings = load_settings()
    models, stories = load(settings), load_stories(options.stories)
    found: dict[str, dict[str, float]] = {}
    for name in VARIANTS:
        found[name] = run(name, stories, models, settings)
        results.say({"variant": name, **found[name]})
    results.warn(results.table([{"variant": name, **rates} for name, rates in found.items()]))
    if options.json:
        results.write(options.json, {"variants": found})
    return 0

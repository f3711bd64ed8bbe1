"""`python -m eval seeds`: the five raw seed articles through the whole way, with everything that is flagged among them.

The folder is COUNTERCLAIM_SEEDS or ../shared/seeds beside the checkout; its text is no part of the project.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from eval.ledgers import Filled
from service.ingest import formats
from service.records import Submission

PUBLISHERS = {
    "000": ("Guernsey Press", "2022-02-14T13:41:00+00:00"),
    "001": ("Press and Journal", "2022-02-14T13:41:00+00:00"),
    "002": ("Filter Nyheter", "2022-02-14T15:00:00+00:00"),
    "003": ("The Moscow Times", "2022-02-10T12:00:00+00:00"),
    "004": ("Daily Express", "2022-03-31T12:00:00+00:00"),
}
"""Publisher and moment of publication by the number of the file; a scraper knows them, the raw text does not always."""


def folder() -> Path | None:
    """The folder with the seeds, or None where this machine has none."""
    named = os.environ.get("COUNTERCLAIM_SEEDS")
    path = Path(named) if named else Path(__file__).resolve().parents[1].parent / "shared/seeds"
    return path if path.is_dir() else None


def submissions(seeds: Path) -> list[Submission]:
    """The seeds as articles, with external ids "000" to "004"."""
    found = []
    for path in sorted(seeds.glob("*.txt")):
        number = path.name[:3]
        publisher, published_at = PUBLISHERS[number]
        [item] = formats.read(path.read_bytes(), filename=path.name)
        if not isinstance(item, Submission):
            raise item
        moment = datetime.fromisoformat(published_at)
        found.append(replace(item, publisher=publisher, published_at=moment, external_id=number))
    return found


def listing(run: Filled) -> list[str]:
    """One line for each wire group and each contradiction."""
    lines = [f"{a.external_id} {a.publisher}: wire group {a.wire_group or '-'}" for a in run.ledger.iter_articles()]
    for c in run.ledger.iter_contradictions():
        j = c.judgement
        lines.append(f"{j.relation}/{j.kind} p={j.probability:.2f} sources {c.sources_a}:{c.sources_b}  {j.explanation}")
    return lines


def open_points(run: Filled) -> list[str]:
    """The two points of the acceptance list that need more than a number compared, each with whether it holds."""
    crimea = any(
        {"Lavrov", "Nikolenko"}
        == {n for side in sides for n in ("Lavrov", "Nikolenko") if n in (side.claim.attribution.speaker or "")}
        and all("Donbas" in side.claim.text for side in sides)
        for c in run.ledger.iter_contradictions()
        if (sides := (c.judgement.link.a, c.judgement.link.b))
    )
    norwegian = [c.claim.id for c in run.ledger.iter_claims() if "uttømt" in c.claim.text]
    supported = any(
        stored.judgement.relation in ("repeat", "support")
        for stored in run.ledger.links_of(norwegian)
        if any("exhausted" in side.claim.text for side in (stored.judgement.link.a, stored.judgement.link.b))
    )
    return [
        f"Lavrov and Nikolenko dispute whether Crimea and the Donbas are settled: {'yes' if crimea else 'not seen'}",
        f"the Norwegian possibilities repeat or support the English ones: {'yes' if supported else 'not seen'}",
    ]


def main(argv: Sequence[str]) -> int:
    """Print what is found in the seeds; 1 where there are none."""
    del argv
    seeds = folder()
    if seeds is None:
        print("no seeds here: set COUNTERCLAIM_SEEDS to their folder")  # noqa: T201
        return 1
    from eval.ledgers import filled

    with filled(submissions(seeds)) as run:
        print("\n".join([*run.failures, *listing(run), *open_points(run)]))  # noqa: T201
    return 0

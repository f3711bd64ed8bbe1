"""A throw-away ledger filled through the real pipeline, with everything the judge was asked kept for a look."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from models.types import FloatArray, ModelInfo, NliModel, Pair, PairScores
from service.features import Scored
from service.judge import Judge
from service.link import Linker
from service.pipeline import Models, Pipeline
from service.records import Judgement, Link, QuantityVerdict, Submission
from service.settings import Settings
from service.store.ledger import Ledger


class _Neutral:
    """Calls every pair neutral; stands where no NLI model is wanted."""

    info = ModelInfo("none", "0", "nli", "none", 0)

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        """Neutral for certain, (n, 3)."""
        return np.tile(np.array([0.0, 1.0, 0.0], np.float32), (len(pairs), 1))

    def judge(self, pairs: Sequence[Pair]) -> PairScores:
        """Neutral both ways."""
        return PairScores(self.predict(pairs), self.predict(pairs))


class RecordingJudge(Judge):
    """A judge that keeps what it saw."""

    seen: list[Scored]

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.seen = []

    def score(self, links: Sequence[Link]) -> list[Scored]:
        """As of the judge, kept in `seen`."""
        items = super().score(links)
        self.seen += items
        return items


@dataclass(slots=True)
class Filled:
    """A filled ledger and what was judged on the way."""

    pipeline: Pipeline
    scored: list[Scored]
    failures: list[str] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.pipeline.ledger


class IdleJudge(RecordingJudge):
    """A judge that keeps the links and says nothing of them, for measuring what comes before it."""

    def score(self, links: Sequence[Link]) -> list[Scored]:
        """Nothing; `seen` holds the links all the same."""
        nothing = (0.0, 1.0, 0.0)
        self.seen += [Scored(link, nothing, nothing, None, QuantityVerdict("none")) for link in links]
        return []


@contextmanager
def filled(
    submissions: Iterable[Submission],
    *,
    settings: Settings | None = None,
    models: Models | None = None,
    judged: bool = True,
    linker: Linker | None = None,
    judge_of: Callable[[NliModel], RecordingJudge] = RecordingJudge,
) -> Iterator[Filled]:
    """A ledger that holds the submissions, all processed, in a folder that is gone afterwards.

    With `judged` False the links are kept and not judged; `linker` takes the place of the pipeline's own. `judge_of` makes the
    judge from the NLI model: another one measures what a part of it adds.
    """
    with TemporaryDirectory() as folder:
        settings = (settings or Settings()).model_copy(update={"db": f"sqlite:///{folder}/ledger.db"})
        pipeline = Pipeline(Ledger.open(settings.db), models or Models(settings), settings)
        judge = judge_of(pipeline.models.nli) if judged else IdleJudge(_Neutral())
        pipeline.linker = linker or pipeline.linker
        pipeline.__dict__["judge"] = judge  # takes the place of the cached property
        out = Filled(pipeline, judge.seen)
        for submission in submissions:
            article, _ = pipeline.submit(submission)
            outcome = pipeline.process(article.id)
            if outcome.article.state == "failed":
                out.failures.append(f"{article.external_id}: {outcome.article.failure}")
        try:
            yield out
        finally:
            pipeline.ledger.close()


def story_submissions(story: dict[str, Any]) -> list[Submission]:
    """The articles of a story cluster, with external ids "<story>/<article>"."""
    return [
        Submission(
            text=a["text"],
            publisher=a["publisher"],
            published_at=datetime.fromisoformat(a["published_at"]),
            lang=a["lang"],
            title=a.get("title"),
            external_id=f"{story['id']}/{a['id']}",
        )
        for a in story["articles"]
    ]


def load_stories(folder: Path) -> list[dict[str, Any]]:
    """The story clusters of a folder, by file name."""
    return [json.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.json"))]


def side_rows(judgement: Judgement) -> dict[str, Any]:
    """A judgement as a line of the contradictions export, for scoring."""
    sides = {
        name: {"external_id": c.external_id, "span": list(c.claim.span), "speaker": c.claim.attribution.speaker}
        for name, c in (("a", judgement.link.a), ("b", judgement.link.b))
    }
    return {"relation": judgement.relation, "kind": judgement.kind, "probability": judgement.probability, **sides}

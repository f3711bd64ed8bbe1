"""When a claim holds: the dates a text names, resolved against its publication, and the one that a claim is about.

The conventions are those of the annotated articles: present states take the day of publication, "since X" the end of the span,
a quarter its last month, seasons the year, plans and forecasts the moment they are about. Which of the dates at hand a claim
takes is weighed by a log-linear model over features of each (service/extract/moments.py), fitted on the training articles by
`python -m eval.fit_times`; `python -m eval.quantities` measures it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from service.extract import dates, lexicon, moments
from service.extract.dates import Mention
from service.extract.moments import NONE, Before, Candidates
from service.extract.resolving import resolve
from service.records import Modality, Span

WEIGHTS = lexicon.HOME / "as_of.json"
SILENT, SILENT_AHEAD = 0.8, 0.7
"""Probability from which a fact, or any other claim, is taken to have no date; set by cross-validation."""
AHEAD: frozenset[str] = frozenset({"forecast", "plan", "condition"})


def as_of(
    sentence: str, *, lang: str, published_at: datetime, claim_span: Span | None = None, modality: Modality = "fact"
) -> str | None:
    """ISO date for which a claim holds, at its own precision ("2024-03-01", "2024-03", "2024"), or None where there is none.

    `claim_span` is the claim's place in `sentence` (all of it by default), so that "said on Monday" outside it does not count
    as the claim's own date. Claims of one article are better dated together, by `as_of_all`.
    """
    span = claim_span or (0, len(sentence))
    return as_of_all(sentence, [(span, modality)], lang=lang, published_at=published_at)[0]


def as_of_all(text: str, claims: Sequence[tuple[Span, Modality]], *, lang: str, published_at: datetime) -> list[str | None]:
    """The date of each claim of an article, given as (span in `text`, modality), in the order of the text.

    A claim without a date of its own may take one from its sentence, from the claim before it or from the article's lead.
    """
    article = moments.Article(text, lang=lang, published=published_at.date())
    table, before, found = weights(), Before(), []
    for span, modality in claims:
        candidates, here = article.candidates(span, modality=modality, before=before)
        best, silent = choose(candidates, table)
        found.append(None if silent > threshold(modality) else best)
        before = Before(best, here.end, here.paragraph)
    return found


def threshold(modality: str) -> float:
    """The probability of silence above which a claim of this modality gets no date."""
    return SILENT if modality == "fact" else SILENT_AHEAD


def choose(candidates: Candidates, table: Mapping[str, float]) -> tuple[str | None, float]:
    """(the likeliest date, probability in [0, 1] that the claim has none) under a log-linear model over the features."""
    values = {iso: sum(table.get(feature, 0.0) for feature in features) for iso, features in candidates.items()}
    top = max(values.values())
    total = sum(math.exp(value - top) for value in values.values())
    silent = math.exp(values[NONE] - top) / total if NONE in values else 0.0
    dated = {iso: value for iso, value in values.items() if iso != NONE}
    return (max(dated, key=lambda iso: (dated[iso], iso)) if dated else None), silent


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """The fitted weight of each feature."""
    return {name: float(value) for name, value in json.loads(WEIGHTS.read_text(encoding="utf-8")).items()}


def mentions(text: str, *, lang: str, published_at: datetime, modality: Modality | None = None) -> list[tuple[Span, str]]:
    """(span, ISO date) of each time that only the day of publication makes whole: "on Monday", "i går", "in October".

    The span covers the words that name the time without the preposition before them ("Monday"). Where no `modality` is given,
    the verbs of the sentence tell whether a bare weekday or month lies ahead.
    """
    published = published_at.date()
    found = []
    for mention in dates.find(text, lang):
        if mention.kind in ("clock", "decade") or mention.year is not None or (mention.shift and mention.shift[1] == "n"):
            continue
        ahead = _looks_ahead(text, lang, mention) if modality is None else modality in AHEAD
        if iso := resolve(mention, published, future=ahead):
            found.append(((mention.start, mention.end), iso))
    return found


def _looks_ahead(text: str, lang: str, mention: Mention) -> bool:
    """Whether the verbs around a mention speak of what is to come."""
    if mention.which in ("last", "next"):
        return mention.which == "next"
    ends = [match.end() for match in moments.SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= mention.start), default=0)
    stop = min((end for end in ends if end > mention.end), default=len(text))
    verbs = moments.tense(text[start:stop], lang)
    return "future" in verbs and "past" not in verbs

"""The dates that a claim may be about, each with what speaks for it: the features that `times` weighs.

A candidate is the day of publication, a date in the claim, one elsewhere in its sentence or just before it, the article's own
day (the latest or first one it dates), the date of the claim before it, or none at all.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from service.extract import dates
from service.extract.date_words import date_words
from service.extract.dates import Mention
from service.extract.resolving import resolve
from service.extract.tokens import tokenize
from service.records import Span

NONE = "none"
"""The candidate that the text gives no date."""
LEAD_CHARS, LEAD_DAYS, NEARBY, LOOKAHEAD, SENTENCE_CHARS = 1500, 14, 3, 400, 1000
AGES = ((-400, "f400"), (-32, "f32"), (-8, "f8"), (-1, "f1"), (0, "d0"), (1, "p1"), (7, "p7"), (31, "p31"), (366, "p366"))
SENTENCE_END = re.compile(r"[.?!][\"”»“’')]*\s")
Candidates = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Dated:
    """A mention with what it comes to if it looks back and if it looks ahead."""

    mention: Mention
    back: str | None
    ahead: str | None


@dataclass(frozen=True, slots=True)
class Before:
    """What came of the claim before: its date, end and paragraph; None for the first."""

    iso: str | None = None
    end: int = 0
    paragraph: int | None = None


@dataclass(frozen=True, slots=True)
class _View:
    """One claim's place in the text and its traits, which every candidate's features carry."""

    span: Span
    sentence: Span
    paragraph: int
    modality: str
    tense: str
    own: int
    since: bool
    words: tuple[str, ...]


@lru_cache(maxsize=1024)
def tense(text: str, lang: str) -> str:
    """Such as "future", "past", "present" or several joined by "+", by the verbs of the text; "-" where none is known."""
    raw = date_words(lang).raw
    words = [token.low for token in tokenize(text) if token.kind == "w"]
    found = {name for name in ("present", "past", "future") if not set(str(raw.get(name, "")).split()).isdisjoint(words)}
    ending = raw.get("past_ending")
    if ending and any(re.search(ending, word) for word in words if len(word) > 3):
        found.add("past")
    return "+".join(sorted(found)) or "-"


def age(iso: str, published: date) -> str:
    """How far a date lies from publication, as a bucket: "p7" up to a week back, "f32" over a month ahead."""
    if len(iso) < 10 and published.isoformat().startswith(iso):
        return f"now{len(iso)}"
    middle = {10: iso, 7: f"{iso}-15", 4: f"{iso}-07-01"}[len(iso)]
    days = (published - date.fromisoformat(middle)).days
    return next((name for most, name in AGES if days <= most), "old")


class Article:
    """The dates of one text, resolved once, and the candidates of each claim in it."""

    def __init__(self, text: str, *, lang: str, published: date) -> None:
        self.text, self.lang, self.published = text, lang, published
        mentions = [m for m in dates.find(text, lang) if m.kind not in ("clock", "decade")]
        self.dated = [Dated(m, resolve(m, published), resolve(m, published, future=True)) for m in mentions]
        self.starts = [d.mention.start for d in self.dated]
        self.breaks = [0, *(m.end() for m in re.finditer(r"\n+", text))]
        self.latest = self._passed_days()
        self.lead = self._lead()

    def _passed_days(self) -> list[tuple[int, str]]:
        """(place, latest day before publication that the text has named so far), in the order of the text."""
        found: list[tuple[int, str]] = []
        for d in self.dated:
            if d.back and len(d.back) == 10 and d.back < self.published.isoformat() and self._dates_event(d.mention):
                found.append((d.mention.start, max(d.back, found[-1][1] if found else "")))
        return found

    def _dates_event(self, mention: Mention) -> bool:
        return mention.kind in ("day", "weekday", "relative") and (mention.shift is None or mention.shift[1] != "n")

    def _lead(self) -> str | None:
        """The first day of the last two weeks that the head of the text names."""
        for d in self.dated:
            recent = d.back is not None and len(d.back) == 10 and self._dates_event(d.mention) and not d.mention.edge
            if not (d.mention.start < LEAD_CHARS and recent and d.back):
                continue
            if timedelta(0) < self.published - date.fromisoformat(d.back) <= timedelta(days=LEAD_DAYS):
                return d.back
        return None

    def _latest(self, start: int) -> str | None:
        """The latest day before publication that the text names up to just behind `start`."""
        reach = bisect_left(self.latest, (start + LOOKAHEAD, ""))
        return self.latest[reach - 1][1] if reach else None

    def _view(self, span: Span, modality: str, sentence: Span | None) -> _View:
        start, end = span
        paragraph = self.breaks[bisect_left(self.breaks, start + 1) - 1]
        if sentence is None:
            floor, ceiling = max(paragraph, start - SENTENCE_CHARS), min(len(self.text), end + SENTENCE_CHARS)
            head = [m.end() for m in SENTENCE_END.finditer(self.text, floor, start)]
            close = self.text.find("\n", end, ceiling)
            ceiling = close if close >= 0 else ceiling
            tail = SENTENCE_END.search(self.text, end, ceiling)
            sentence = head[-1] if head else floor, tail.start() if tail else ceiling
        own = self._within(span)
        claim = self.text[start:end]
        return _View(
            span=span,
            sentence=sentence,
            paragraph=paragraph,
            modality=modality,
            tense=tense(claim, self.lang),
            own=min(2, sum(d.mention.edge != "since" for d in own)),
            since=any(d.mention.edge == "since" for d in own),
            words=tuple(sorted({token.low for token in tokenize(claim) if token.kind == "w" and 1 < len(token.low) <= 6})),
        )

    def _within(self, span: Span) -> Sequence[Dated]:
        return self.dated[bisect_left(self.starts, span[0]) : bisect_left(self.starts, span[1])]

    def candidates(
        self, span: Span, *, modality: str, before: Before, sentence: Span | None = None
    ) -> tuple[Candidates, Before]:
        """(each date the claim may be about with its features, what the next claim sees of this one)."""
        view = self._view(span, modality, sentence)
        found: Candidates = {}
        self._standing(found, view)
        self._own(found, view)
        self._around(found, view)
        for name, iso in (("lead", self.lead), ("latest", self._latest(span[0]))):
            if iso:
                bucket = age(iso, self.published)
                _add(found, iso, name, view, f"age{bucket}", f"age{bucket}|{view.modality}|{view.tense}")
        if before.iso:
            self._previous(found, view, before, before.iso)
        return found, Before(None, span[1], view.paragraph)

    def _standing(self, found: Candidates, view: _View) -> None:
        place = f"para{min(3, bisect_left(self.breaks, view.paragraph))}"
        led = f"lead{self.lead is not None}"
        _add(found, self.published.isoformat(), "pub", view, place, led)
        _add(found, NONE, "none", view, place, led)

    def _own(self, found: Candidates, view: _View) -> None:
        own = self._within(view.span)
        for k, d in enumerate(own):
            compared = self._compared(d.mention.start, view.span[0])
            extra = (
                f"first{k == 0}",
                f"last{k == len(own) - 1}|{len(own) > 1}",
                f"cmp{compared}",
                f"cmp{compared}|n{view.own}",
            )
            for iso, ahead in ((d.back, False), (d.ahead, True)):
                if iso:
                    _add(found, iso, "own", view, *self._traits(d.mention, iso, view, ahead=ahead), *extra)

    def _around(self, found: Candidates, view: _View) -> None:
        for d in self._within(view.sentence):
            inside = view.span[0] <= d.mention.start < view.span[1]
            for iso, ahead in ((d.back, False), (d.ahead, True)):
                if iso and not inside and d.mention.edge != "since":
                    side = "bef" if d.mention.start < view.span[0] else "aft"
                    _add(found, iso, "out", view, *self._traits(d.mention, iso, view, ahead=ahead), side)
        nearby: list[Dated] = []
        for k in range(bisect_left(self.starts, view.sentence[0]) - 1, -1, -1):
            d = self.dated[k]
            present = d.mention.shift is not None and d.mention.shift[0] == 0 and d.mention.shift[1] in "dn"
            if d.mention.edge != "since" and not present:
                nearby.append(d)
            if len(nearby) == NEARBY:
                break
        for k, d in enumerate(nearby):
            if d.back:
                place = "samepara" if d.mention.start >= view.paragraph else "far"
                _add(
                    found,
                    d.back,
                    f"near{k}",
                    view,
                    *self._traits(d.mention, d.back, view, ahead=False),
                    place,
                    f"{place}|{view.modality}",
                )

    def _previous(self, found: Candidates, view: _View, before: Before, iso: str) -> None:
        bucket, same = age(iso, self.published), before.paragraph == view.paragraph
        outside = any(not view.span[0] <= d.mention.start < view.span[1] for d in self._within(view.sentence))
        own, place = f"n{view.own}", f"same{same}"
        _add(found, iso, "prev", view, f"age{bucket}", f"age{bucket}|{view.modality}|{own}", f"age{bucket}|{view.tense}|{own}")
        _add(found, iso, "prev", view, place, f"{place}|{own}", f"{place}|{view.tense}|{own}", f"out{outside}|{own}")

    def _traits(self, mention: Mention, iso: str, view: _View, *, ahead: bool) -> tuple[str, ...]:
        bucket = age(iso, self.published)
        return (
            mention.kind,
            mention.edge,
            f"{mention.kind}|{mention.edge}",
            f"age{bucket}",
            f"age{bucket}|{view.modality}",
            f"ahead{ahead}|{view.modality}",
            f"ahead{ahead}|{mention.edge}|{view.modality}",
            mention.which,
            f"{mention.kind}|{mention.which}|{bucket}",
        )

    def _compared(self, start: int, floor: int) -> bool:
        """Whether the words before a date set it against another: "than in March", "mot 435 kr. før nytår"."""
        words = [token.low for token in tokenize(self.text[max(floor, start - 30) : start])]
        phrases = date_words(self.lang).lists["compared"]
        return any(phrases.behind(words, i) is not None for i in range(len(words), max(0, len(words) - 3), -1))


def _add(found: Candidates, iso: str, tag: str, view: _View, *extra: str) -> None:
    """Adds a candidate's features: its source alone, with the claim's traits, and with the claim's short words."""
    own = f"n{view.own}"
    crossed = (
        "",
        view.modality,
        own,
        f"{own}|{view.modality}",
        view.tense,
        f"{view.tense}|{view.modality}",
        f"since{view.since}|{own}",
    )
    features = found.setdefault(iso, set())
    features.update(f"{tag}|{value}" for value in (*crossed, *extra))
    if tag in ("pub", "prev", "lead", "none", "latest"):
        features.update(f"{tag}|w={word}" for word in view.words)

"""Annotated articles as token labels for the tagger; the format is described in models/training/data/README.md.

An article is varied a little each time it is read: noise lines come and go, paragraphs are joined, quotation marks change their
style, digits change, lower or upper case throughout. All of this keeps the length of the text, so that offsets hold.
"""

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.tagspans import FORMS, MODALITIES, TAGS
from models.tagwindows import Encoder, Window, pieces, windows

OUTSIDE, BEGIN, INSIDE, END, SINGLE, NOT_CLAIM, NOISE = range(len(TAGS))
Span = tuple[int, int]
QUOTE_STYLES = ("“”", '""', "«»", "„“", "»«", "””", "''", "‘’")


@dataclass(frozen=True, slots=True)
class GoldClaim:
    """A claim and who says it; spans are offsets into the text of the article, or token indices [first, last] in a `Sample`."""

    span: Span
    source: Span | None
    cue: Span | None
    attributed: bool
    denies: bool
    modality: int
    form: int


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """An article with everything in it located."""

    id: str
    lang: str
    text: str
    claims: tuple[GoldClaim, ...]
    not_claims: tuple[Span, ...]
    noise: tuple[Span, ...]
    mentions: tuple[Span, ...]
    """Words that stand for a speaker."""
    cues: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A window with its targets; spans of `claims` and `not_claims` are tokens [first, last], both included."""

    window: Window
    tags: NDArray[np.int64]
    source_tags: NDArray[np.int64]
    """0 outside, 1 first token of a mention, 2 within."""
    cue_tags: NDArray[np.int64]
    claims: tuple[GoldClaim, ...]
    not_claims: tuple[Span, ...]


def read_article(raw: Mapping[str, Any]) -> GoldArticle:
    """The article of one JSON line, its quotes, mentions and cues located in the text."""
    text = raw["text"]
    spans = [_find(text, c["quote"]) for c in raw["claims"]]
    located = [_attribution(text, span, c, spans) for span, c in zip(spans, raw["claims"], strict=True)]
    claims = []
    for number, (span, c) in enumerate(zip(spans, raw["claims"], strict=True)):
        source, cue = located[number]
        if c["speaker"] and source is None:
            source = _carried(text, span, c["speaker"], raw["claims"], located)
        claims.append(
            GoldClaim(
                span,
                source,
                cue,
                bool(c["speaker"]),
                c["stance"] == "denies",
                MODALITIES.index(c["modality"]),
                FORMS.index(c["form"]),
            )
        )
    return GoldArticle(
        raw["id"], raw["lang"], text, tuple(claims),
        tuple(_find(text, x["quote"]) for x in raw["not_claims"]), tuple(_find(text, x) for x in raw["noise"]),
        tuple(s for s, _ in located if s), tuple(c for _, c in located if c),
    )  # fmt: skip


def _find(text: str, quote: str) -> Span:
    start = text.find(quote)
    if start < 0:
        msg = f"the quote {quote!r} does not stand in its article; annotate an exact substring"
        raise ValueError(msg)
    return start, start + len(quote)


def _occurrences(text: str, words: str) -> list[Span]:
    return [(m.start(), m.end()) for m in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]


def _gap(a: Span, b: Span) -> int:
    return max(0, a[0] - b[1], b[0] - a[1])


def _attribution(text: str, span: Span, claim: Mapping[str, Any], claims: Sequence[Span]) -> tuple[Span | None, Span | None]:
    """The nearest mention and cue, which stand near each other and seldom within a claim or in another paragraph."""

    def cost(x: Span) -> int:
        within = any(c[0] <= x[0] and x[1] <= c[1] for c in claims)
        between = text[min(x[1], span[1]) : max(x[0], span[0])]
        return _gap(x, span) + 60 * within + 200 * ("\n" in between)

    mentions = _occurrences(text, claim["mention"]) if claim["mention"] else []
    cues = _occurrences(text, claim["cue"]) if claim["cue"] else []
    if mentions and cues:
        return min(((m, c) for m in mentions for c in cues), key=lambda x: cost(x[0]) + cost(x[1]) + _gap(*x))
    return min(mentions, key=cost, default=None), min(cues, key=cost, default=None)


def _carried(
    text: str, span: Span, speaker: str, claims: Sequence[Mapping[str, Any]], located: Sequence[tuple[Span | None, Span | None]]
) -> Span | None:
    """The nearest mention of the speaker before the claim, else after it."""
    found = [s for c, (s, _) in zip(claims, located, strict=True) if s and c["speaker"] == speaker]
    found = found or _occurrences(text, speaker)
    return min(found, key=lambda s: (s[0] > span[0], abs(s[0] - span[0])), default=None)


def paragraph_spans(text: str, *, split: str = r"\n\s*\n") -> list[Span]:
    """The paragraphs of a text that are not blank, cut where `split` matches."""
    cuts = [(0, 0), *(m.span() for m in re.finditer(split, text)), (len(text), len(text))]
    spans = [(a[1], b[0]) for a, b in itertools.pairwise(cuts)]
    return [(a, b) for a, b in spans if text[a:b].strip()]


def samples(
    article: GoldArticle, tokenizer: Encoder, *, rng: random.Random | None = None, donors: Sequence[GoldArticle] = (),
    max_tokens: int = 512,
) -> Iterator[Sample]:  # fmt: skip
    """The windows of an article with their targets: as it stands, or varied by `rng`, with noise lines of `donors` put in."""
    parts = [(article, span) for span in paragraph_spans(article.text)]
    context = 0
    if rng:
        article, parts = _varied(article, rng, donors)
        if rng.random() < 0.4:
            max_tokens = rng.randint(128, max_tokens)
        context = rng.randint(0, max_tokens // 4)
    paragraphs = [a.text[s:e] for a, (s, e) in parts]
    for window in windows(pieces(paragraphs, tokenizer, longest=max_tokens - 2), max_tokens=max_tokens, context_tokens=context):
        yield _labelled(window, parts)


def _varied(
    article: GoldArticle, rng: random.Random, donors: Sequence[GoldArticle]
) -> tuple[GoldArticle, list[tuple[GoldArticle, Span]]]:
    article = replace(article, text=_restyled(article.text, rng))
    keep_noise = rng.choice((0.0, 0.4, 0.8, 1.0))
    parts: list[tuple[GoldArticle, Span]] = []
    for start, end in paragraph_spans(article.text, split=r"\n" if rng.random() < 0.3 else r"\n\s*\n"):
        noisy = any(s < end and start < e for s, e in article.noise)
        clean = not any(s < end and start < e for s, e in (*article.not_claims, *(c.span for c in article.claims)))
        if not (noisy and clean and rng.random() > keep_noise):
            parts.append((article, (start, end)))
    join = rng.choice((0.0, 0.0, 0.0, 0.2, 1.0 if rng.random() < 0.3 else 0.1))
    joined: list[tuple[GoldArticle, Span]] = []
    for part in parts:
        if joined and rng.random() < join:
            joined[-1] = (article, (joined[-1][1][0], part[1][1]))
        else:
            joined.append(part)
    if keep_noise and donors and rng.random() < 0.5:
        donor = rng.choice(donors)
        for span in rng.sample(donor.noise, min(len(donor.noise), 3)):
            joined.insert(rng.randint(0, len(joined)), (donor, span))
    return article, joined


def _restyled(text: str, rng: random.Random) -> str:
    """The text with other quotation marks, digits or case; of the same length."""
    if rng.random() < 0.4:
        style = rng.choice(QUOTE_STYLES)
        text = re.sub(r"(?<!\w)[“„«\"»](?=\w)", style[0], text)
        text = re.sub(r"(?<=[\w.,!?…])[”“»\"«](?!\w)", style[1], text)
    if rng.random() < 0.5:
        text = re.sub(r"(?<=\d)\d", lambda m: str((int(m[0]) + rng.randint(0, 9)) % 10), text)
    if rng.random() < 0.2:
        text = text.replace("–", "-").replace("—", "-")
    cased = text.lower() if rng.random() < 0.06 else text
    return cased if len(cased) == len(text) else text


def _labelled(window: Window, parts: Sequence[tuple[GoldArticle, Span]]) -> Sample:
    n = len(window.ids)
    where: list[list[tuple[int, int]]] = [[] for _ in parts]  # where each token stands in its article, and its index
    for token in np.flatnonzero(window.paragraph >= 0):
        owner, (s, _) = parts[int(window.paragraph[token])]
        where[int(window.paragraph[token])].append((_anchor(owner.text, *(s + window.offsets[token])), int(token)))
    tags, source_tags, cue_tags = (np.zeros(n, np.int64) for _ in range(3))

    def tokens(article: GoldArticle, span: Span | None) -> Span | None:
        """First and last token of a span that stands whole in the window."""
        for (owner, (s, e)), places in zip(parts, where, strict=True):
            if span and owner is article and s <= span[0] and span[1] <= e:
                inside = [t for place, t in places if span[0] <= place < span[1]]
                cut = not places or places[0][0] > span[0] + 12 or places[-1][0] < span[1] - 12
                return (inside[0], inside[-1]) if inside and not cut else None
        return None

    articles = list({id(a): a for a, _ in parts}.values())
    claims, not_claims = [], []
    for article in articles:
        for mention in article.mentions:
            _begin_inside(source_tags, tokens(article, mention))
        for cue in article.cues:
            _begin_inside(cue_tags, tokens(article, cue))
        for number, (owner, (s, e)) in enumerate(parts):
            for code, spans in ((NOISE, article.noise), (NOT_CLAIM, article.not_claims)):
                for a, b in spans if owner is article else ():
                    if s < b and a < e:
                        tags[[t for place, t in where[number] if a <= place < b]] = code
        not_claims += [found for span in article.not_claims if (found := tokens(article, span))]
        for claim in article.claims:
            if found := tokens(article, claim.span):
                claims.append(replace(claim, span=found, source=tokens(article, claim.source), cue=tokens(article, claim.cue)))
                first, last = found
                tags[first : last + 1] = INSIDE
                tags[first], tags[last] = (BEGIN, END) if last > first else (SINGLE, SINGLE)
    return Sample(window, tags, source_tags, cue_tags, tuple(claims), tuple(not_claims))


def _anchor(text: str, start: int, end: int) -> int:
    """The first letter or digit of a token, which may carry marks, else its beginning."""
    return next((i for i in range(start, end) if text[i].isalnum()), int(start))


def _begin_inside(labels: NDArray[np.int64], span: Span | None) -> None:
    if span:
        labels[span[0] : span[1] + 1] = 2
        labels[span[0]] = 1

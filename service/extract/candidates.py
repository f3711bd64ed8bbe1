"""Stretches of an article that may be claims, from the tagger or from the rules, before their speakers are looked up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast as typed

from models.types import ClaimTagger, TaggedClaim, TaggedParagraph
from service.extract import quantities, sentences
from service.extract.attribution import Said, Source
from service.extract.modality import is_hearsay, weigh
from service.extract.speakers import Cast
from service.extract.speech import Lexicon, tokenize
from service.records import Article, Block, Modality, QuoteForm, Span, Stance

MAX_NOISE = 0.5
"""The tagger's probability of noise from which a paragraph is left out."""
MIN_ATTRIBUTED = 0.1
"""The tagger's probability of a speaker from which the rules may name one for quoted words."""
LEAST_IN_CLAIM = 0.18
"""The tagger's probability that the words belong to a claim from which the rules' word for one is taken. On the dev articles
and the story clusters 0.35 keeps more opinions out (0.74 against 0.64 at 0.2) but covers fewer claims (0.91 against 0.95); 0.1
lets half of the opinions in."""
SURE_ATTRIBUTED = 0.7
"""The tagger's probability of a speaker from which its own word is taken where the rules name none."""
MAX_STRETCH = 80
"""Characters of an attribution that may be cut out of the middle of a claim."""
MAX_PARAGRAPH = 20_000
"""Characters of a paragraph that are read at once; a longer one is cut at sentence ends."""
MAX_TEXT = 200_000
"""Characters of prose that are read, some 35,000 words, so that a text of megabytes stays bounded."""
_EDGES = " \t\n\r\u00a0\u202f\u2009,;:–—"


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim before its speaker is looked up."""

    span: Span
    source: Source | None
    form: QuoteForm
    stance: Stance
    modality: Modality
    probability: float
    sentence: Span
    headline: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A stretch that is read at once."""

    span: Span
    headline: bool


def paragraphs_of(article: Article, blocks: Sequence[Block]) -> list[Paragraph]:
    """The prose, in order; what is too long to be read at once is cut at sentence ends."""
    title = _squeezed(article.title or "")
    found: list[Paragraph] = []
    read = 0
    for block in sorted(blocks, key=lambda b: b.span):
        if block.kind == "noise":
            continue
        start, end = block.span[0], min(block.span[1], block.span[0] + MAX_TEXT - read)
        read += end - start
        if start >= end:
            break
        headline = block.kind == "headline" or (bool(title) and _squeezed(article.text[start:end]) == title)
        if end - start <= MAX_PARAGRAPH:
            found.append(Paragraph((start, end), headline))
            continue
        first = start
        for _, stop in sentences.split(article.text, article.lang, start=start, end=end):
            while stop - first > MAX_PARAGRAPH:
                found.append(Paragraph((first, first + MAX_PARAGRAPH), headline))
                first += MAX_PARAGRAPH
            if stop - first > MAX_PARAGRAPH * 0.8:
                found.append(Paragraph((first, stop), headline))
                first = stop
        if first < end:
            found.append(Paragraph((first, end), headline))
    return found


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


# the rules


def by_rules(article: Article, people: Cast, paragraph: Paragraph, found: Sequence[Said]) -> list[Draft]:
    """What the rules take for claims in one paragraph, each with its probability."""
    drafts: list[Draft] = []
    crosshead = (
        len(found) == 1
        and not paragraph.headline
        and not re.search(r"[.!?…:][\"'”’»)]*$", article.text[slice(*paragraph.span)].rstrip())
    )
    for said in found:
        for span in _clauses(article.text, said, people.lex):
            text = article.text[slice(*span)]
            ends = article.text[span[1] : span[1] + 1]
            words = tokenize(text, people.lex.lang)
            weighed = weigh(
                text + (ends if ends in "?!" else ""),
                people.lex,
                quantities=quantities.find(text, lang=article.lang, offset=span[0]),
                named=bool(people.names.within(span)),
                quoted=said.form == "direct",
                hearsay=said.source is None and is_hearsay(words, people.lex),
            )
            short = crosshead and len(words) < 9
            drafts.append(
                Draft(
                    span,
                    said.source,
                    said.form,
                    said.stance,
                    weighed.modality,
                    min(weighed.probability, 0.3) if short else weighed.probability,
                    said.sentence,
                    paragraph.headline,
                )
            )
    return drafts


def _clauses(text: str, said: Said, lex: Lexicon) -> list[Span]:
    """The stretch, cut where two statements are joined and each stands by itself: at ";", and at "and that"."""
    tokens = tokenize(text, lex.lang, start=said.span[0], end=said.span[1])
    cuts: list[tuple[int, int]] = []
    for k in range(3, len(tokens) - 3):
        joined = tokens.lows[k] in lex["and"] and tokens.lows[k + 1] in lex["comp"] and said.source is not None
        comma = (
            tokens.lows[k] == ","
            and tokens.lows[k + 1] in lex["and"]
            and _finite(tokens.lows[:k], lex)
            and _finite(tokens.lows[k + 2 :], lex)
        )
        if tokens.lows[k] == ";" or joined:
            cuts.append((tokens.starts[k], tokens.ends[k] if not joined else tokens.ends[k + 1]))
        elif comma and len(tokens) - k > 5 and k > 4:
            cuts.append((tokens.starts[k], tokens.ends[k + 2] if tokens.lows[k + 2] in lex["comp"] else tokens.ends[k + 1]))
    spans, start = [], said.span[0]
    for first, last in [*cuts, (said.span[1], said.span[1])]:
        if first - start >= 8:
            spans.append(_trimmed(text, start, first))
            start = last
    return spans or [said.span]


def _finite(lows: Sequence[str], lex: Lexicon) -> bool:
    return any(w in lex["finite"] for w in lows)


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end


# the tagger


def by_tagger(
    article: Article, tagger: ClaimTagger, people: Cast, paragraphs: Sequence[Paragraph], said: Sequence[Sequence[Said]]
) -> list[Draft]:
    """What the tagger takes for claims, and what the rules do where it leaves room for one.

    The rules name the speaker where they know one; a stretch that they alone take for a claim counts as probable as the
    tagger finds its words to belong to one.
    """
    tagged = tagger.tag([article.text[slice(*p.span)] for p in paragraphs], lang=article.lang)
    drafts: list[Draft] = []
    for paragraph, result, found in zip(paragraphs, tagged, said, strict=True):
        if result.noise >= MAX_NOISE:
            continue
        cuts = sentences.split(article.text, article.lang, start=paragraph.span[0], end=paragraph.span[1])
        mine = [
            _draft(article, claim, paragraph, _source(claim, paragraph, paragraphs), found, cuts, people.lex)
            for claim in result.claims
        ]
        for draft in by_rules(article, people, paragraph, found):
            if not any(_shared(draft.span, other.span) for other in mine):
                inside = _in_claim(result, draft.span, paragraph.span[0])
                if inside >= LEAST_IN_CLAIM:
                    mine.append(replace(draft, probability=min(draft.probability, max(inside, 0.5))))
        drafts += sorted(mine, key=lambda d: d.span)
    return drafts


def _in_claim(result: TaggedParagraph, span: Span, shift: int) -> float:
    """How probably, by the tagger, the words of a stretch belong to a claim: the mean over its tokens."""
    inside = [p for start, end, p in result.tokens if start + shift >= span[0] and end + shift <= span[1]]
    return sum(inside) / len(inside) if inside else 0.0


def _source(claim: TaggedClaim, paragraph: Paragraph, paragraphs: Sequence[Paragraph]) -> Source | None:
    """Who says it by the tagger, as offsets into the text."""
    if claim.elsewhere is not None:
        where, start, end = claim.elsewhere
        shift = paragraphs[where].span[0]
        return Source((start + shift, end + shift), None, claim.stance == "denies")
    if claim.source is None:
        return None
    shift = paragraph.span[0]
    mention = (claim.source[0] + shift, claim.source[1] + shift)
    if claim.cue is None:
        return Source(mention, None, claim.stance == "denies")
    cue = (claim.cue[0] + shift, claim.cue[1] + shift)
    hull = (min(mention[0], cue[0]), max(mention[1], cue[1]))
    return Source(mention, cue, claim.stance == "denies", hull if hull[1] - hull[0] <= MAX_STRETCH else None)


def _draft(
    article: Article,
    claim: TaggedClaim,
    paragraph: Paragraph,
    source: Source | None,
    found: Sequence[Said],
    cuts: Sequence[Span],
    lex: Lexicon,
) -> Draft:
    shift = paragraph.span[0]
    span = (claim.span[0] + shift, claim.span[1] + shift)
    sentence = max(cuts, key=lambda s: _shared(s, span), default=span)
    ruled = max(found, key=lambda s: _shared(s.span, span), default=None)
    if ruled is not None and _shared(ruled.span, span) <= 0.5 * (span[1] - span[0]):
        ruled = None
    quoted = claim.form in ("direct", "mixed")
    form, stance = typed(QuoteForm, claim.form), typed(Stance, claim.stance)
    if ruled is not None and ruled.source is not None and claim.attributed >= MIN_ATTRIBUTED:
        source, form, stance = ruled.source, ruled.form, ruled.stance
    elif claim.attributed < SURE_ATTRIBUTED or (claim.elsewhere is not None and not quoted):
        source = None
    if source is not None and form == "none":
        form = "indirect"
    modality = typed(Modality, claim.modality)
    if source is None and is_hearsay(tokenize(article.text, lex.lang, start=span[0], end=span[1]), lex) and modality == "fact":
        modality = "possibility"
    return Draft(span, source, form, stance, modality, claim.probability, sentence, paragraph.headline)


def _shared(a: Span, b: Span) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))

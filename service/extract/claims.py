"""Article to claims: what the prose says that can be checked, with its speaker, stance, modality, quantities and time.

The tagger finds the claims where there is one; the rules name the speaker where it names none for quoted words, and find
claims alone
where no tagger is given. All spans are code points into the article's text as submitted.
"""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast as typed

from models.types import ClaimTagger, TaggedClaim
from service.extract import attribution, full_dates, quantities, sentences, standalone, times
from service.extract.attribution import Said, Source
from service.extract.entities import anchors
from service.extract.modality import is_hearsay, weigh
from service.extract.speakers import Cast, Speaker
from service.extract.speech import Lexicon, tokenize
from service.records import Article, Attribution, Block, Claim, Modality, QuoteForm, Span, Stance

MIN_PROBABILITY = 0.5
"""Probability from which a stretch counts as a claim."""
MAX_NOISE = 0.5
"""The tagger's probability of noise from which a paragraph is left out."""
MAX_CLAIMS = 5000
"""Claims taken from one article, so that a text of megabytes stays bounded."""
MAX_PARAGRAPH = 20_000
"""Characters of a paragraph that are read at once; a longer one is cut at sentence ends."""
_EDGES = " \t\n\r\u00a0\u202f\u2009,;:–—"


@dataclass(frozen=True, slots=True)
class _Draft:
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
class _Paragraph:
    span: Span
    headline: bool


def extract(
    article: Article,
    *,
    blocks: Sequence[Block],
    tagger: ClaimTagger | None,
    new_id: Callable[[], str] | None = None,
    min_probability: float = MIN_PROBABILITY,
) -> list[Claim]:
    """The claims of an article in the order of the text; their spans do not overlap.

    `blocks` are the stretches of the text that cleaning kept or set aside; `tagger` None leaves the work to the rules.
    `new_id` makes
    the ids, `min_probability` in [0, 1] is what a stretch must reach to count as a claim.
    """
    paragraphs = _paragraphs(article, blocks)
    if not paragraphs:
        return []
    spans = [p.span for p in paragraphs]
    said = attribution.read(article.text, spans, article.lang)
    people = Cast(article.text, spans, article.lang)
    people.hear([s.source.mention for found in said for s in found if s.source and s.source.mention and not s.inherited])
    if tagger is None:
        drafts = [d for p, found in zip(paragraphs, said, strict=True) for d in _by_rules(article, people, p, found)]
    else:
        drafts = _by_tagger(article, tagger, paragraphs, said, people.lex)
    kept = [d for d in drafts if d.probability >= min_probability][:MAX_CLAIMS]
    make_id = new_id or (lambda: f"clm_{uuid.uuid4().hex}")
    voices = _Voices(people)
    dates = times.as_of_all(
        article.text, [(d.span, d.modality) for d in kept], lang=article.lang, published_at=article.published_at
    )
    return [_claim(article, people, voices.of(d), d, as_of, make_id()) for d, as_of in zip(kept, dates, strict=True)]


def _paragraphs(article: Article, blocks: Sequence[Block]) -> list[_Paragraph]:
    """The prose, in order; what is too long to be read at once is cut at sentence ends."""
    title = _squeezed(article.title or "")
    found: list[_Paragraph] = []
    for block in sorted(blocks, key=lambda b: b.span):
        if block.kind == "noise":
            continue
        start, end = block.span
        headline = block.kind == "headline" or (bool(title) and _squeezed(article.text[start:end]) == title)
        if end - start <= MAX_PARAGRAPH:
            found.append(_Paragraph((start, end), headline))
            continue
        first = start
        for _, stop in sentences.split(article.text, article.lang, start=start, end=end):
            while stop - first > MAX_PARAGRAPH:
                found.append(_Paragraph((first, first + MAX_PARAGRAPH), headline))
                first += MAX_PARAGRAPH
            if stop - first > MAX_PARAGRAPH * 0.8:
                found.append(_Paragraph((first, stop), headline))
                first = stop
        if first < end:
            found.append(_Paragraph((first, end), headline))
    return found


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


# the rules


def _by_rules(article: Article, people: Cast, paragraph: _Paragraph, found: Sequence[Said]) -> list[_Draft]:
    drafts: list[_Draft] = []
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
                _Draft(
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
            cuts.append((tokens.starts[k], tokens.ends[k + 1]))
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


def _by_tagger(
    article: Article, tagger: ClaimTagger, paragraphs: Sequence[_Paragraph], said: Sequence[Sequence[Said]], lex: Lexicon
) -> list[_Draft]:
    tagged = tagger.tag([article.text[slice(*p.span)] for p in paragraphs], lang=article.lang)
    drafts: list[_Draft] = []
    for paragraph, result, found in zip(paragraphs, tagged, said, strict=True):
        if result.noise >= MAX_NOISE:
            continue
        cuts = sentences.split(article.text, article.lang, start=paragraph.span[0], end=paragraph.span[1])
        drafts += [_draft(article, claim, paragraph, found, cuts, lex) for claim in result.claims]
    return drafts


def _draft(
    article: Article, claim: TaggedClaim, paragraph: _Paragraph, found: Sequence[Said], cuts: Sequence[Span], lex: Lexicon
) -> _Draft:
    shift = paragraph.span[0]
    span = (claim.span[0] + shift, claim.span[1] + shift)
    sentence = max(cuts, key=lambda s: _shared(s, span), default=span)
    ruled = max(found, key=lambda s: _shared(s.span, span), default=None)
    source = None
    if claim.source is not None:
        mention = (claim.source[0] + shift, claim.source[1] + shift)
        cue = None if claim.cue is None else (claim.cue[0] + shift, claim.cue[1] + shift)
        source = Source(mention, cue, claim.stance == "denies")
    elif ruled is not None and ruled.form == "direct" and _shared(ruled.span, span) > 0.5 * (span[1] - span[0]):
        source = ruled.source
    form = typed(QuoteForm, claim.form)
    if source is not None and form == "none":
        form = ruled.form if ruled is not None and ruled.form != "none" else "indirect"
    modality = typed(Modality, claim.modality)
    if source is None and is_hearsay(tokenize(article.text, lex.lang, start=span[0], end=span[1]), lex) and modality == "fact":
        modality = "possibility"
    return _Draft(span, source, form, typed(Stance, claim.stance), modality, claim.probability, sentence, paragraph.headline)


def _shared(a: Span, b: Span) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


# from draft to claim


class _Voices:
    """Looks up speakers in reading order, each mention once."""

    def __init__(self, people: Cast) -> None:
        self._people = people
        self._known: dict[Span, Speaker] = {}

    def of(self, draft: _Draft) -> Speaker:
        """Who says the draft; the label is None where the outlet itself does."""
        if draft.source is None:
            return Speaker(None)
        mention = draft.source.mention
        if mention is not None and mention in self._known:
            self._people.last = self._known[mention].figure
            return self._known[mention]
        at = mention[0] if mention else draft.span[0]
        sentence = draft.sentence if mention is None and draft.source.cue is not None else None
        speaker = self._people.resolve(mention, at, sentence=sentence)
        if mention is not None:
            self._known[mention] = speaker
        return speaker


def _claim(article: Article, people: Cast, speaker: Speaker, draft: _Draft, as_of: str | None, claim_id: str) -> Claim:
    text = article.text[slice(*draft.span)]
    source = draft.source if speaker.label else None
    alone = standalone.make(
        article.text,
        draft.span,
        people,
        speaker=speaker.label,
        dates=full_dates.put_in_full(
            article.text, draft.span, lang=article.lang, published_at=article.published_at, modality=draft.modality
        ),
        cut=source.stretch if source else None,
        direct=draft.form in ("direct", "mixed"),
    )
    own = people.figures[speaker.figure] if speaker.figure is not None else None
    extra = standalone.figure_words(own) if own is not None and _of_self(text, people.lex) else ()
    return Claim(
        id=claim_id,
        article_id=article.id,
        span=draft.span,
        text=text,
        standalone=alone,
        lang=article.lang,
        attribution=Attribution(
            speaker=speaker.label,
            mention=_words(article.text, source.mention) if source else None,
            role=speaker.role,
            cue=_words(article.text, source.cue) if source else None,
            form=draft.form if source else "none",
            stance=draft.stance if source else "asserts",
        ),
        modality=draft.modality,
        quantities=quantities.find(text, lang=article.lang, offset=draft.span[0]),
        as_of=as_of,
        probability=draft.probability,
        entities=anchors(people.names, draft.span, extra),
        headline=draft.headline,
        article_version=article.version,
    )


def _words(text: str, span: Span | None) -> str | None:
    return None if span is None else text[slice(*span)]


def _of_self(text: str, lex: Lexicon) -> bool:
    return any(w in lex[name] for w in tokenize(text, lex.lang).lows for name in ("we", "i", "he", "she", "it"))

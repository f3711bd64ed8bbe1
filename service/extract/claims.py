"""Article to claims: what the prose says that can be checked, with its speaker, stance, modality, quantities and time.

The tagger finds the claims where there is one; the rules name the speaker where it names none for quoted words, and find
claims alone where no tagger is given. All spans are code points into the article's text as submitted.
"""

import uuid
from collections.abc import Callable, Sequence

from models.types import ClaimTagger
from service.extract import attribution, full_dates, quantities, standalone, times
from service.extract.candidates import Draft, by_rules, by_tagger, paragraphs_of
from service.extract.changes import Said
from service.extract.entities import anchors
from service.extract.speakers import Cast, Speaker
from service.extract.speech import Lexicon, tokenize
from service.records import Article, Attribution, Block, Claim, Span

MIN_PROBABILITY = 0.4
"""Probability from which a stretch counts as a claim; of 0.5 and 0.35, the latter covers 0.985 against 0.949 of the claims that
the story clusters speak of, at a strict precision on the dev articles of 0.66 against 0.69 (rules alone)."""


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
    `new_id` makes the ids, `min_probability` in [0, 1] is what a stretch must reach to count as a claim.
    """
    paragraphs = paragraphs_of(article, blocks)
    if not paragraphs:
        return []
    spans = [p.span for p in paragraphs]
    said = attribution.read(article.text, spans, article.lang)
    people = Cast(article.text, spans, article.lang)
    people.hear([s.source.mention for found in said for s in found if s.source and s.source.mention and not s.inherited])
    if tagger is None:
        drafts = [d for p, found in zip(paragraphs, said, strict=True) for d in by_rules(article, people, p, found)]
    else:
        drafts = by_tagger(article, tagger, people, paragraphs, said)
    kept = [d for d in drafts if d.probability >= min_probability]
    make_id = new_id or (lambda: f"clm_{uuid.uuid4().hex}")
    voices = _Voices(people)
    dates = times.as_of_all(
        article.text, [(d.span, d.modality) for d in kept], lang=article.lang, published_at=article.published_at
    )
    return [_claim(article, people, voices.of(d), d, as_of, make_id()) for d, as_of in zip(kept, dates, strict=True)]


# from draft to claim


class _Voices:
    """Looks up speakers in reading order, each mention once."""

    def __init__(self, people: Cast) -> None:
        self._people = people
        self._known: dict[Span, Speaker] = {}

    def of(self, draft: Draft) -> Speaker:
        """Who says the draft; the label is None where the outlet itself does."""
        if draft.source is None:
            return Speaker(None)
        mention = draft.source.mention
        if mention is not None and mention in self._known:
            self._people.memory.last = self._known[mention].figure
            return self._known[mention]
        at = mention[0] if mention else draft.span[0]
        sentence = draft.sentence if mention is None and draft.source.cue is not None else None
        speaker = self._people.resolve(mention, at, sentence=sentence)
        if mention is not None:
            self._known[mention] = speaker
        return speaker


def _claim(article: Article, people: Cast, speaker: Speaker, draft: Draft, as_of: str | None, claim_id: str) -> Claim:
    text = article.text[slice(*draft.span)]
    source = draft.source if speaker.label else None
    mention = _words(article.text, source.mention) if source else None
    own = people.figures[speaker.figure] if speaker.figure is not None and source else None
    alone = standalone.make(
        article.text,
        draft.span,
        people,
        said=Said(speaker.label, own, mention, draft.form in ("direct", "mixed")),
        sentence=draft.sentence,
        dates=full_dates.put_in_full(
            article.text, draft.span, lang=article.lang, published_at=article.published_at, modality=draft.modality
        ),
        cut=draft.source.stretch if draft.source else None,
    )
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
            mention=mention,
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

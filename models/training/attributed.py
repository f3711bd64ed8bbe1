"""Made-up articles: claims of the claim groups, put into the mouths of speakers by words of attribution in many languages.

The annotated articles hold few denials, and few verbs of saying in each language; these hold many. What is no claim and what is
noise comes from the annotated articles of the same language, so that not every sentence is a claim.
"""

import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.tagspans import FORMS
from models.training.articles import GoldArticle, GoldClaim, Span
from models.training.mix import UNKNOWN

LONGEST = 120
"""Characters of a claim that is used; longer ones often hold several statements."""
WORDS = Path(__file__).parent / "configs" / "attributed.toml"
DIRECT, INDIRECT, PLAIN = (FORMS.index(x) for x in ("direct", "indirect", "none"))


@dataclass(slots=True)
class _Draft:
    """An article as it grows."""

    text: str = ""
    claims: list[GoldClaim] = field(default_factory=list)
    not_claims: list[Span] = field(default_factory=list)
    noise: list[Span] = field(default_factory=list)
    mentions: list[Span] = field(default_factory=list)
    cues: list[Span] = field(default_factory=list)

    def add(self, words: str) -> Span:
        """Puts words at the end and returns where they stand, edges aside."""
        start = len(self.text)
        self.text += words
        return start + len(words) - len(words.lstrip(" ,")), start + len(words.rstrip())


class Maker:
    """Makes articles of topics; every topic gives one for each of its languages that has enough claims."""

    def __init__(self, topics: Iterable[Mapping[str, Any]], donors: Sequence[GoldArticle]) -> None:
        self._words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
        self._donors = donors
        self._material: list[tuple[str, list[Mapping[str, Any]]]] = []
        self._common: dict[str, set[str]] = {}
        for topic in topics:
            by_lang: dict[str, list[Mapping[str, Any]]] = {}
            for claim in topic["claims"]:
                if len(claim["text"]) <= LONGEST and not set(claim["text"]) & set(":;"):
                    by_lang.setdefault(claim["lang"], []).append(claim)
                self._common.setdefault(claim["lang"], set()).update(w for w in claim["text"].split() if w.islower())
            self._material += [(lang, claims) for lang, claims in by_lang.items() if lang in self._words and len(claims) > 1]

    def make(self, rng: random.Random, *, english: float = 0.3) -> GoldArticle:
        """One article; in English as often as told."""
        wanted = rng.random() < english
        lang, claims = rng.choice([x for x in self._material if (x[0] == "en") == wanted])
        words, draft = self._words[lang], _Draft()
        donors = [a for a in self._donors if a.lang == lang] or list(self._donors)
        left = rng.sample(claims, min(len(claims), 8))
        while left:
            if rng.random() < 0.25:
                self._insert(draft, rng.choice(donors), rng)
            self._paragraph(draft, words, lang, [left.pop() for _ in range(min(len(left), rng.randint(1, 3)))], rng)
            draft.text += "\n\n"
        draft.text = draft.text.rstrip("\n")
        return GoldArticle(
            "made", lang, draft.text, tuple(draft.claims), tuple(draft.not_claims), tuple(draft.noise),
            tuple(draft.mentions), tuple(draft.cues),
        )  # fmt: skip

    def _insert(self, draft: _Draft, donor: GoldArticle, rng: random.Random) -> None:
        """A line of noise, or a sentence that is no claim, from an annotated article."""
        spans = rng.choice((donor.noise, donor.not_claims))
        if spans:
            words = " ".join(donor.text[slice(*rng.choice(spans))].split())
            (draft.noise if spans is donor.noise else draft.not_claims).append(draft.add(words))
            draft.text += "\n\n"

    def _paragraph(
        self, draft: _Draft, words: Mapping[str, Any], lang: str, claims: Sequence[Mapping[str, Any]], rng: random.Random
    ) -> None:
        speakers = [c["speaker"] for c in claims if c["speaker"]]
        speaker = rng.choice(speakers) if speakers else None
        texts = [c["text"].rstrip(" .") for c in claims]
        if speaker is None or rng.random() < 0.15:
            for text in texts:
                draft.claims.append(GoldClaim(draft.add(text), None, None, False, False, UNKNOWN, PLAIN))
                draft.add(". ")
            return
        if speaker[:1].islower() and rng.random() < 0.7:
            speaker = speaker[:1].upper() + speaker[1:]
        first = self._said(draft, words, lang, texts[0], speaker, rng)
        for text in texts[1:]:
            self._goes_on(draft, words, lang, text, first, rng)

    def _said(
        self, draft: _Draft, words: Mapping[str, Any], lang: str, text: str, speaker: str, rng: random.Random
    ) -> GoldClaim:
        """A sentence in which the speaker says or denies something."""
        shape = rng.random()
        low = self._lowered(text, lang)
        if shape < 0.3:
            deny = rng.choice(words["deny"])
            return self._clause(draft, [speaker, f" {deny}", self._that(words), low], "scoC", denies=True)
        if shape < 0.5:
            return self._clause(draft, [speaker, f" {rng.choice(words['say'])}", self._that(words, rng), low], "scoC")
        if shape < 0.65 and words["per"]:
            return self._clause(draft, [text, f", {rng.choice(words['per'])}", f" {speaker}"], "Ccs")
        if shape < 0.75:
            return self._clause(draft, [text, f", {rng.choice(words['say'])}", f" {speaker}"], "Ccs")
        opening, closing = rng.choice(words["quotes"])
        say = rng.choice(words["say"])
        if shape < 0.85:
            return self._clause(
                draft, [speaker, f" {say}", f": {opening}", text, f".{closing}"], "scoCo", form=DIRECT, stop=" "
            )
        return self._clause(draft, [opening, text, f"{closing},", f" {say}", f" {speaker}"], "oCocs", form=DIRECT)

    def _goes_on(
        self, draft: _Draft, words: Mapping[str, Any], lang: str, text: str, before: GoldClaim, rng: random.Random
    ) -> None:
        """A further sentence of the same speaker: in quotes without more, or with a pronoun."""
        if before.form == DIRECT and rng.random() < 0.7:
            opening, closing = rng.choice(words["quotes"])
            draft.add(opening)
            span = draft.add(text)
            draft.claims.append(GoldClaim(span, before.source, None, True, False, UNKNOWN, DIRECT))
            draft.add(f".{closing} ")
        elif rng.random() < 0.5:
            he = rng.choice(words["he"])
            parts = [he.capitalize(), f" {rng.choice(words['say'])}", self._that(words, rng), self._lowered(text, lang)]
            self._clause(draft, parts, "scoC")
        else:
            self._clause(draft, [text, f", {rng.choice(words['say'])}", f" {rng.choice(words['he'])}"], "Ccs")

    def _clause(
        self, draft: _Draft, parts: Sequence[str], kinds: str, *,
        denies: bool = False, form: int = INDIRECT, stop: str = ". ",
    ) -> GoldClaim:  # fmt: skip
        """Puts the parts down, by kind: s the speaker, c the cue, C the claim, o anything else."""
        at = {kind: span for kind, part in zip(kinds, parts, strict=True) if (span := draft.add(part))}
        draft.add(stop)
        claim = GoldClaim(at["C"], at["s"], at["c"], True, denies, UNKNOWN, form)
        draft.claims.append(claim)
        draft.mentions.append(at["s"])
        draft.cues.append(at["c"])
        return claim

    def _that(self, words: Mapping[str, Any], rng: random.Random | None = None) -> str:
        """One of the words for "that", the plainest without `rng`."""
        that = rng.choice(words["that"]) if rng else words["that"][0]
        return f"{that} " if that.startswith(",") else f" {that} ".replace("  ", " ")

    def _lowered(self, text: str, lang: str) -> str:
        """The text with a small first letter where its first word is no name."""
        word = text.split(maxsplit=1)[0]
        return text[0].lower() + text[1:] if word.lower() in self._common[lang] else text

"""The whole way, in order: the only file that calls the steps.

    article → blocks → wire group → claims → vectors → links → judgements → contradictions → threads → ledger

A submitted article is durable at once. Processing it writes all of its results in one transaction or none, so a crash at any
moment leaves an article that is simply processed again.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from models.types import ClaimTagger, Embedder, FloatArray, NliModel
from service import copies, flag, thread
from service.errors import CounterclaimError
from service.extract import claims as claim_step
from service.ingest import clean, language, wire
from service.judge import Judge
from service.link import Linker, LinkRules, Neighbour, within_article
from service.records import Article, Claim, ClaimContext, Contradiction, Judgement, Link, Submission
from service.settings import Settings
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import Processed
from service.store.vectors import VectorIndex

log = logging.getLogger(__name__)

SAME_EVENT = 0.72
"""Cosine of two articles' vectors from which all claims of the other are looked at. Of the pairs of articles in 45 story
clusters that report one event 94 % have it, of the others 2.5 %."""
EVENT_ARTICLES, EVENT_CLAIMS = 24, 32
"""Articles on the same event, and claims of them for each claim, that are looked at beside the nearest claims of the ledger."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What processing one article came to."""

    article: Article
    claims: tuple[Claim, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """One claim of a draft and what the ledger says of it, the most probable first."""

    claim: Claim
    supports: tuple[Judgement, ...] = ()
    contradicts: tuple[Judgement, ...] = ()


class Models:
    """The three models, each loaded once, at first use or by `load`; safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        nli: NliModel | None = None,
        tagger: ClaimTagger | None = None,
    ) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._embedder, self._nli, self._tagger = embedder, nli, tagger

    @property
    def ready(self) -> bool:
        """Whether all three are loaded."""
        needed = [self._embedder, self._nli, *([] if self._settings.tagger == "none" else [self._tagger])]
        return None not in needed

    def load(self) -> None:
        """Loads what is not loaded yet."""
        _ = self.embedder, self.nli, self.tagger

    @property
    def embedder(self) -> Embedder:
        """The embedder."""
        with self._lock:
            if self._embedder is None:
                from models import registry

                self._embedder = registry.load_embedder(self._settings.embedder)
            return self._embedder

    @property
    def nli(self) -> NliModel:
        """The judge."""
        with self._lock:
            if self._nli is None:
                from models import registry

                self._nli = registry.load_nli(self._settings.nli)
            return self._nli

    @property
    def tagger(self) -> ClaimTagger | None:
        """The claim tagger; None where the setting is "none", and rules alone find the claims."""
        with self._lock:
            if self._tagger is None and self._settings.tagger != "none":
                from models import registry

                self._tagger = registry.load_tagger(self._settings.tagger)
            return self._tagger


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """An article with what the model steps made of it; nothing of it is stored yet."""

    contexts: tuple[ClaimContext, ...]
    vectors: FloatArray
    whole: FloatArray | None
    """Unit vector of the article; None where it makes no claim."""
    copy: wire.Match


class Pipeline:
    """Runs articles through the steps, one at a time."""

    def __init__(self, ledger: Ledger, models: Models, settings: Settings) -> None:
        self.ledger, self.models, self.settings = ledger, models, settings
        self.linker = Linker(
            LinkRules(
                min_probability=settings.thresholds.min_link,
                window_days=settings.thresholds.window_days,
            )
        )
        self._processing = threading.Lock()  # articles are compared with one another: one at a time sees them all

    @classmethod
    def open(cls, settings: Settings) -> "Pipeline":
        """A pipeline over the settings' ledger, migrated if need be; models load at first use."""
        return cls(Ledger.open(settings.db), Models(settings), settings)

    @cached_property
    def judge(self) -> Judge:
        """The judge over the loaded NLI model."""
        return Judge(self.models.nli)

    @cached_property
    def index(self) -> VectorIndex:
        """The vector index of the ledger for the embedder in use, built or read at first use."""
        return VectorIndex.open(self.ledger, self.models.embedder.info, self.models.embedder.dimension)

    def submit(self, submission: Submission) -> tuple[Article, bool]:
        """The stored article and whether it is new; durable when this returns."""
        added = self.ledger.add_article(submission)
        return added.article, added.created

    def process(self, article_id: str) -> Outcome:
        """What one article says and whom it contradicts; stored whole. An article that is processed already is left alone."""
        with self._processing:
            article = self.ledger.get_article(article_id)
            if article.state == "processed":
                return Outcome(article)
            return self._process(article)

    def process_pending(self, *, limit: int | None = None) -> Iterator[Outcome]:
        """Processes what waits, oldest first, until nothing waits or `limit` articles are done."""
        done = 0
        while limit is None or done < limit:
            with self._processing:
                leased = self.ledger.lease_pending(limit=1)
                if not leased:
                    return
                outcome = self._process(leased[0])
            yield outcome
            done += 1

    def check(self, submission: Submission) -> list[CheckedClaim]:
        """Each claim of a draft with what supports and what contradicts it in the ledger; nothing is stored."""
        lang = submission.lang or language.identify(submission.text).lang
        draft = Article(
            id="art_draft",
            external_id=submission.external_id or "draft",
            publisher=submission.publisher,
            published_at=submission.published_at,
            lang=lang,
            text=submission.text,
            title=submission.title,
        )
        read = self._read(draft)
        judgements = self.judge.judge(self._links(read, within=False))
        mine: dict[str, list[Judgement]] = {c.claim.id: [] for c in read.contexts}
        for judgement in judgements:
            side = judgement.link.a if judgement.link.a.claim.id in mine else judgement.link.b
            mine[side.claim.id].append(judgement)
        return [
            CheckedClaim(c.claim, _of(mine[c.claim.id], "repeat", "support"), _of(mine[c.claim.id], *flag.SHOWN))
            for c in read.contexts
        ]

    def _process(self, article: Article) -> Outcome:
        try:
            return self._run(article)
        except CounterclaimError as error:
            self.ledger.save_failed(article.id, version=article.version, reason=error.message)
        except Exception as error:
            log.exception("article %s could not be processed", article.id)
            self.ledger.save_failed(article.id, version=article.version, reason=f"{type(error).__name__}: {error}")
        return Outcome(self.ledger.get_article(article.id))

    def _run(self, article: Article) -> Outcome:
        if article.lang in ("", "und"):
            article = replace(article, lang=language.identify(article.text).lang)
        read = self._read(article)
        judgements = self.judge.judge(self._links(read, within=True))
        worth_keeping = tuple(j for j in judgements if j.relation != "unrelated")
        found = self._flags(worth_keeping)
        threads = thread.changes(
            worth_keeping, thread_of=self.ledger.threads_of(_claim_ids(worth_keeping)), new_id=lambda: new_id("thr")
        )
        thread_of = {claim: change.id for change in threads for claim in change.claim_ids}
        found = [replace(c, thread_id=thread_of.get(c.judgement.link.a.claim.id)) for c in found]
        saved = self.ledger.save_processed(
            Processed(
                article_id=article.id,
                version=article.version,
                lang=article.lang,
                claims=tuple(c.claim for c in read.contexts),
                vectors=read.vectors,
                article_vector=read.whole,
                embedder=self.models.embedder.info.name,
                embedder_version=self.models.embedder.info.version,
                wire=read.copy.signature,
                wire_group=read.copy.group,
                wire_members=read.copy.members,
                judgements=worth_keeping,
                contradictions=tuple(found),
                threads=tuple(threads),
            )
        )
        if saved.done:
            self.index.refresh()
        return Outcome(
            self.ledger.get_article(article.id),
            tuple(c.claim for c in self.ledger.article_claims(article.id)),
            tuple(self.ledger.get_contradiction(x) for x in saved.contradictions),
        )

    def _read(self, article: Article) -> _Read:
        blocks = clean.blocks(article.text, title=article.title, lang=article.lang)
        signature = wire.signature(article.text, blocks)
        copy = wire.match(signature, self.ledger.wire_candidates(signature.bands, but_not=article.id), article_id=article.id)
        group = copy.group or article.id
        claims = claim_step.extract(article, blocks=blocks, tagger=self.models.tagger, new_id=lambda: new_id("clm"))
        vectors = self.models.embedder.embed([c.standalone for c in claims])
        contexts = tuple(ClaimContext(c, article.publisher, article.published_at, group, article.external_id) for c in claims)
        whole = self.models.embedder.embed([whole_text([c.standalone for c in claims])])[0] if claims else None
        return _Read(contexts, vectors, whole, copy)

    def _links(self, read: _Read, *, within: bool) -> list[Link]:
        own = within_article(read.contexts, read.vectors) if within else {}
        copied = self._copied(read.copy)
        links: list[Link] = []
        for context, neighbours in zip(read.contexts, self._neighbours(read), strict=True):
            if not copies.repeats(context.claim.text, copied):  # it was compared when its first copy came
                links += self.linker.links(context, [*neighbours, *own.get(context.claim.id, ())])
        return links

    def _copied(self, copy: wire.Match) -> list[str]:
        return [c.claim.text for article in copy.copies for c in self.ledger.article_claims(article)]

    def _neighbours(self, read: _Read) -> list[list[Neighbour]]:
        """For each claim its nearest claims in other articles, and the nearest in the articles on the same event."""
        if not read.contexts:
            return []
        published, window = read.contexts[0].published_at, timedelta(days=self.settings.thresholds.window_days)
        near = self.index.search_many(
            read.vectors, self.settings.thresholds.neighbours, since=published - window, until=published + window
        )
        hits = [dict(found) for found in near]
        contexts = self.ledger.contexts([claim for found in hits for claim in found])
        own = {c.claim.article_id for c in read.contexts}
        events = self._events(read, {c.claim.article_id for c in contexts.values()} - own)
        for row, found in enumerate(self._of_events(read, events)):
            hits[row] = found | hits[row]
        contexts |= self.ledger.contexts([claim for found in hits for claim in found if claim not in contexts])
        return [
            [
                Neighbour(contexts[claim], similarity, events.get(contexts[claim].claim.article_id, 0.0))
                for claim, similarity in found.items()
                if claim in contexts and contexts[claim].claim.article_id not in own
            ]
            for found in hits
        ]

    def _events(self, read: _Read, articles: set[str]) -> dict[str, float]:
        """Article id → cosine of its vector with that of the article at hand."""
        if read.whole is None:
            return {}
        info = self.models.embedder.info
        vectors = self.ledger.article_vectors(sorted(articles), model=info.name, version=info.version)
        return {article: float(vector @ read.whole) for article, vector in vectors.items()}

    def _of_events(self, read: _Read, events: dict[str, float]) -> list[dict[str, float]]:
        """For each claim the nearest claims of the articles on the same event: claim id → similarity."""
        same = sorted((a for a, event in events.items() if event >= SAME_EVENT), key=lambda a: -events[a])[:EVENT_ARTICLES]
        info = self.models.embedder.info
        theirs = self.ledger.claims_with_vectors(same, model=info.name, version=info.version)
        if not theirs.claim_ids:
            return [{} for _ in read.contexts]
        similar = read.vectors @ theirs.vectors.T
        nearest = np.argsort(-similar, axis=1)[:, :EVENT_CLAIMS]
        return [{theirs.claim_ids[j]: float(row[j]) for j in order} for row, order in zip(similar, nearest, strict=True)]

    def _flags(self, judgements: Sequence[Judgement]) -> list[Contradiction]:
        ids = _claim_ids(judgements)
        groups = list(dict.fromkeys(side.source_group for j in judgements for side in (j.link.a, j.link.b)))
        new = flag.flags(
            judgements,
            known=self.ledger.contradictions_about(source_groups=groups),
            new_id=lambda: new_id("con"),
            now=datetime.now(UTC),
            min_probability=self.settings.thresholds.min_probability,
        )
        if not new:
            return []
        older = [stored.judgement for stored in self.ledger.links_of(ids)]
        return [flag.count_sources(c, [*older, *judgements]) for c in new]


def whole_text(standalones: Sequence[str]) -> str:
    """What an article's own vector is made of: its claims, one after another, so that the ledger can make it again."""
    return " ".join(standalones)


def _claim_ids(judgements: Sequence[Judgement]) -> list[str]:
    return list(dict.fromkeys(side.claim.id for j in judgements for side in (j.link.a, j.link.b)))


def _of(judgements: Sequence[Judgement], *relations: str) -> tuple[Judgement, ...]:
    return tuple(sorted((j for j in judgements if j.relation in relations), key=lambda j: -j.probability))

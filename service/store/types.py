"""What the ledger takes and gives beside the records: filters, pages, and the outcome of processing one article."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from models.types import FloatArray
from service.records import (
    Article,
    ArticleState,
    Claim,
    Contradiction,
    Judgement,
    Kind,
    Relation,
    Stance,
    Status,
    WireSignature,
)

T = TypeVar("T")

Order = Literal["newest", "strongest"]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    next_cursor: str | None = None
    """Hand it back as `cursor` for the page that follows; None on the last page."""


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles; None leaves a field open. `since` ≤ `published_at` < `until`."""

    state: ArticleState | None = None
    publisher: str | None = None
    lang: str | None = None
    wire_group: str | None = None
    external_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which claims; None leaves a field open. `since` ≤ `published_at` of the article < `until`."""

    article_id: str | None = None
    publisher: str | None = None
    speaker: str | None = None
    """Words of the speaker's name; all must occur, in any order and case."""
    stance: Stance | None = None
    lang: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    """Words; all must occur in the claim as it stands or in its standalone form."""
    near_ids: tuple[str, ...] = ()
    """With `q`: claims that are near to it in meaning, found in the vector index, and pass for it without its words."""
    withdrawn: bool | None = False
    """False: what the articles say now; True: what they no longer say; None: both."""


@dataclass(frozen=True, slots=True)
class ContradictionFilter:
    """Which contradictions; empty or None leaves a field open. `since` ≤ `published_at` of the later claim < `until`."""

    status: tuple[Status, ...] = ()
    relation: tuple[Relation, ...] = ()
    kind: tuple[Kind, ...] = ()
    min_probability: float | None = None
    publisher: str | None = None
    """On either side."""
    speaker: str | None = None
    """Words of the speaker's name, on either side."""
    thread_id: str | None = None
    article_id: str | None = None
    """On either side."""
    lang: str | None = None
    """Of the claim on either side."""
    q: str | None = None
    """Words; all must occur in the claim on one side, as it stands or in its standalone form."""
    since: datetime | None = None
    until: datetime | None = None
    watched: bool = False
    """Only those that an entry of the watchlist is about."""


EVERY_ARTICLE = ArticleFilter()
LIVE_CLAIMS = ClaimFilter()
EVERY_CONTRADICTION = ContradictionFilter()


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one submission."""

    article: Article
    created: bool
    """True for a new article or a new version; False where the ledger held this content already."""


@dataclass(frozen=True, slots=True)
class ThreadChange:
    """A thread to make or to widen: `id` may be new. Threads in `merged` give it their claims and point to it."""

    id: str
    title: str
    claim_ids: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Processed:
    """All that processing found in one version of one article; the ledger stores it whole or not at all."""

    article_id: str
    version: int
    lang: str
    claims: tuple[Claim, ...] = ()
    vectors: FloatArray | None = None
    """Unit vectors of the claims, (n_claims, dimension), in their order; None only where there are no claims."""
    article_vector: FloatArray | None = None
    """Unit vector of the whole article, (dimension,); None only where there are no claims."""
    embedder: str = ""
    embedder_version: str = ""
    wire: WireSignature | None = None
    wire_group: str | None = None
    """The group this article belongs to; None where it copies nothing that is known."""
    wire_members: tuple[str, ...] = ()
    """Other articles that belong to that group and may not be marked so yet."""
    judgements: tuple[Judgement, ...] = ()
    """Of every link worth keeping, flagged or not."""
    contradictions: tuple[Contradiction, ...] = ()
    """New ones. Their judgements need not be repeated in `judgements`."""
    changed: tuple[Contradiction, ...] = ()
    """Known ones whose `sources_a`, `sources_b` or `thread_id` changed; nothing else of them is written."""
    threads: tuple[ThreadChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """What the ledger made of a `Processed`."""

    done: bool
    """False where another worker was faster or a newer version came in: then nothing was written."""
    claim_ids: Mapping[str, str] = field(default_factory=dict)
    """Each claim's id as given → its id in the ledger: a claim that an older version made already keeps its first id."""
    withdrawn: tuple[str, ...] = ()
    """Ids of claims that this version no longer makes."""
    contradictions: tuple[str, ...] = ()
    """Ids of the contradictions that are new in the ledger."""


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link as the ledger holds it, with its newest judgement."""

    id: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class ThreadMember:
    """A claim's place in a thread."""

    thread_id: str
    claim_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in the order of commits; `id` rises and is what a client resumes from."""

    id: int
    type: Literal["article.processed", "article.failed", "contradiction.created", "contradiction.updated"]
    created_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class VectorRow:
    """A stored vector with what the index filters by. `seq` rises in the order of storing."""

    seq: int
    claim_id: str
    lang: str
    published_at: datetime
    vector: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ArticleClaims:
    """The live claims of some articles with their vectors, side by side."""

    claim_ids: tuple[str, ...]
    article_ids: tuple[str, ...]
    vectors: FloatArray
    """Unit rows, (n_claims, dimension)."""


@dataclass(frozen=True, slots=True)
class VectorModel:
    """A model whose vectors the ledger holds."""

    model: str
    version: str
    dimension: int
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the ledger holds, for readiness and metrics."""

    articles: Mapping[str, int]
    """By state."""
    claims: int
    withdrawn: int
    links: int
    contradictions: Mapping[tuple[str, str], int]
    """By (status, kind)."""
    threads: int
    last_event: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown: never its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that was given to an earlier request with the same Idempotency-Key."""

    status: int
    body: str

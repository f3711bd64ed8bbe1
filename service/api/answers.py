"""What the HTTP API gives: the records of the ledger as JSON, in the words of the glossary."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from service.records import ArticleState, Kind, Modality, QuoteForm, Relation, Span, Stance, Status
from service.store.push_types import DeliveryState, WatchKind

R = TypeVar("R")


class Answer(BaseModel):
    """Something the API gives."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class PageOut(Answer, Generic[R]):
    """One page of a list."""

    items: list[R]
    next_cursor: str | None = Field(description="Hand it back as `cursor` for the next page; null on the last.")


class ArticleOut(Answer):
    """An article, without its text."""

    id: str
    external_id: str = Field(description="The client's own key, or the id where it gave none.")
    publisher: str
    published_at: datetime
    lang: str = Field(description="BCP 47; `und` until processing finds it.")
    title: str | None
    url: str | None
    version: int
    wire_group: str | None = Field(description="Articles that carry the same text share it and count as one source.")
    state: ArticleState
    failure: str | None = Field(description="Why processing failed.")
    received_at: datetime | None
    assumed: list[str] = Field(description="Fields that the reader had to assume.")


class QuantityOut(Answer):
    """An interval with a unit, and what it measures."""

    span: Span = Field(description="Code-point offsets into the article's text.")
    text: str
    low: float | None = Field(description="Null: open.")
    high: float | None = Field(description="Null: open.")
    approx: bool
    unit: str | None
    thing: str | None


class ClaimOut(Answer):
    """A claim with its attribution and the article it stands in."""

    id: str
    article_id: str
    article_version: int
    external_id: str = Field(description="The article's.")
    publisher: str
    published_at: datetime
    source_group: str = Field(description="The article's wire group, or its id: what counts as one source.")
    span: Span = Field(description="Code-point offsets into the article's text.")
    text: str
    standalone: str = Field(description="The claim readable alone.")
    lang: str
    speaker: str | None = Field(description="Who says it; null: the outlet itself.")
    mention: str | None
    role: str | None
    cue: str | None
    form: QuoteForm
    stance: Stance
    modality: Modality
    quantities: list[QuantityOut]
    as_of: str | None = Field(description="ISO date at its own precision: 2024-03-01, 2024-03 or 2024.")
    probability: float = Field(description="That this is a checkable claim.")
    entities: list[str]
    headline: bool
    withdrawn: bool = Field(description="The newest version of the article no longer says this.")


class WordsOut(Answer):
    """Some words of an article."""

    span: Span
    text: str


class SideOut(ClaimOut):
    """One side of a contradiction: a claim, the words of it that clash, and who else says it."""

    clash: list[WordsOut] = Field(description="The words that clash with the other side.")
    sources: int = Field(description="Independent sources that stand on this side.")
    context: WordsOut | None = Field(None, description="The text around the claim; only where one contradiction is asked for.")


class NliOut(Answer):
    """Probabilities of the three NLI labels; they sum to 1."""

    entailment: float
    neutral: float
    contradiction: float


class JudgementOut(Answer):
    """What the models say of two claims."""

    model: str
    model_version: str
    similarity: float
    anchors: list[str] = Field(description="What the two claims share.")
    a_to_b: NliOut = Field(description="Side a as premise.")
    b_to_a: NliOut = Field(description="Side b as premise.")
    draft_side: Literal["a", "b"] | None = Field(None, description="Where a draft is checked: which side it is.")


class ReviewOut(Answer):
    """An editor's word."""

    status: Status
    reviewer: str
    reviewed_at: datetime
    note: str


class ContradictionOut(Answer):
    """Two claims that disagree, and what an editor needs to judge it."""

    id: str
    relation: Relation
    kind: Kind | None
    probability: float
    status: Status
    explanation: str
    corrected: bool = Field(description="An update by the outlet that gave the earlier figure.")
    a: SideOut
    b: SideOut
    judgement: JudgementOut
    thread_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int = Field(description="The ETag is this number in quotes.")
    reviews: list[ReviewOut]


class LinkOut(Answer):
    """Another claim on the same question."""

    id: str
    relation: Relation
    kind: Kind | None
    probability: float
    explanation: str
    claim: ClaimOut
    judgement: JudgementOut


class ThreadOut(Answer):
    """All linked claims on one question."""

    id: str
    title: str
    claims: int
    created_at: datetime
    updated_at: datetime
    merged_into: str | None


class ThreadDetail(ThreadOut):
    """A thread with its claims, by the time of their articles."""

    items: list[ClaimOut]


class MomentOut(Answer):
    """One point of a timeline: a value or a statement by one source."""

    as_of: str | None
    published_at: datetime
    publisher: str
    speaker: str | None
    stance: Stance
    source_group: str
    claim_id: str
    text: str
    quantities: list[QuantityOut]


class TimelineOut(Answer):
    """A thread over time."""

    thread: ThreadOut
    items: list[MomentOut]


class VersionOut(Answer):
    """One version of an article."""

    version: int
    published_at: datetime
    received_at: datetime | None
    title: str | None


class ArticleDetail(ArticleOut):
    """An article with its text and versions."""

    text: str
    versions: list[VersionOut]


class ArticleStored(ArticleOut):
    """An article that was just taken in; with `wait`, what was found in it."""

    claims: list[ClaimOut] | None = Field(None, description="Null where nobody waited, or it took longer.")
    contradictions: list[ContradictionOut] | None = None


class FindingOut(Answer):
    """A claim of the ledger that bears on a claim of the draft."""

    relation: Relation
    kind: Kind | None
    probability: float
    explanation: str
    claim: ClaimOut
    clash: list[WordsOut] = Field(description="The words of the draft that clash with it.")
    clash_with: list[WordsOut] = Field(description="The words of the ledger's claim that clash.")
    judgement: JudgementOut


class CheckedOut(Answer):
    """One claim of the draft."""

    claim: ClaimOut
    supports: list[FindingOut]
    contradicts: list[FindingOut]


class CheckOut(Answer):
    """A draft against the ledger."""

    claims: list[CheckedOut]


class ModelOut(Answer):
    """A loaded model."""

    name: str
    version: str
    kind: str
    runtime: str
    max_tokens: int
    languages: list[str]


class NliResult(Answer):
    """What the NLI model says of one pair."""

    label: Literal["entailment", "neutral", "contradiction"] = Field(description="The most probable one.")
    probabilities: NliOut


class NliAnswer(Answer):
    """What the NLI model says of each pair, in order."""

    model: str
    model_version: str
    results: list[NliResult]


class EmbeddingOut(Answer):
    """One vector."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str = Field(description="Numbers, or base64 of float32 in little-endian order.")


class UsageOut(Answer):
    """Here for clients of OpenAI's API; tokens are not counted."""

    prompt_tokens: int = 0
    total_tokens: int = 0


class EmbeddingsOut(Answer):
    """One vector for each text, in order."""

    object: Literal["list"] = "list"
    data: list[EmbeddingOut]
    model: str
    usage: UsageOut = UsageOut()


class KeyOut(Answer):
    """An API key, without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyMade(KeyOut):
    """A new API key."""

    secret: str = Field(description="Shown this once; only its hash is stored.")


class WatchOut(Answer):
    """An entry of the watchlist."""

    id: str
    kind: WatchKind
    value: str
    created_at: datetime


class WebhookFiltersOut(Answer):
    """Which contradictions are sent."""

    status: list[Status] = []
    relation: list[Relation] = []
    kind: list[Kind] = []
    min_probability: float | None = None
    publisher: str | None = None
    speaker: str | None = None
    thread: str | None = None
    watched: bool = False


class WebhookOut(Answer):
    """A webhook, without its secret."""

    id: str
    url: str
    types: list[str] = Field(description="Empty: all.")
    filters: WebhookFiltersOut
    description: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None


class WebhookMade(WebhookOut):
    """A new webhook."""

    secret: str = Field(description="Verifies the signatures (Standard Webhooks, `whsec_…`); shown this once.")


class AttemptOut(Answer):
    """One try to deliver."""

    tried_at: datetime
    duration_s: float
    status: int | None = Field(description="Of the answer; null where none came.")
    error: str | None


class DeliveryOut(Answer):
    """A message to a webhook, with every try."""

    id: str = Field(description="The `webhook-id` header; the same in every try.")
    webhook_id: str
    type: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    log: list[AttemptOut]


class DeliveryDetail(DeliveryOut):
    """A message with what it says."""

    body: str = Field(description="JSON, as it is sent and signed.")


class HealthOut(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadyOut(Answer):
    """Whether everything is in place."""

    status: Literal["ready"] = "ready"
    checks: dict[str, str] = Field(description="What was looked at: database, models, worker.")

"""The records that travel between the steps: frozen, plain, and named as in the glossary."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Span = tuple[int, int]
"""Code-point offsets [start, end) into the text of the article as it was submitted."""

Stance = Literal["asserts", "denies"]
Modality = Literal["fact", "forecast", "plan", "condition", "possibility"]
QuoteForm = Literal["direct", "indirect", "mixed", "none"]
Relation = Literal["repeat", "support", "contradiction", "dispute", "update", "unrelated"]
Kind = Literal["numeric", "negation", "antonym", "identity", "place_time", "attributed_dispute"]
Status = Literal["suggested", "confirmed", "dismissed", "resolved"]
ArticleState = Literal["received", "processed", "failed"]


@dataclass(frozen=True, slots=True)
class Submission:
    """One article as a client sent it, after its container (HTML, ninjs, JSON) was read; not yet stored."""

    text: str
    publisher: str
    published_at: datetime
    """Timezone-aware UTC. Where the source names none: the moment of receipt, and `assumed` says so."""
    lang: str | None = None
    """BCP 47 primary tag as the client gave it, or None: the language is then found from the text."""
    title: str | None = None
    url: str | None = None
    external_id: str | None = None
    assumed: tuple[str, ...] = ()
    """Names of the fields that the reader had to assume, e.g. ("published_at",)."""


@dataclass(frozen=True, slots=True)
class Article:
    """One text as one outlet published it, as the ledger holds it."""

    id: str
    external_id: str
    publisher: str
    published_at: datetime
    lang: str
    text: str
    title: str | None = None
    url: str | None = None
    version: int = 1
    wire_group: str | None = None
    state: ArticleState = "received"
    failure: str | None = None
    received_at: datetime | None = None
    assumed: tuple[str, ...] = ()
    """Names of the fields that the reader had to assume, as in the submission."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of an article's text, kept as prose or set aside as noise."""

    span: Span
    kind: Literal["prose", "headline", "noise"]
    reason: str = ""
    """Why it was set aside.

    "icon", "appeal", "caption", "related", "comments", "sign_in", "advert", "repeated", "menu" or "model".
    """


@dataclass(frozen=True, slots=True)
class Quantity:
    """An interval with a unit, and what it measures: "well over 130,000 troops near Ukraine" is low 130000, high open."""

    span: Span
    text: str
    low: float | None
    high: float | None
    approx: bool
    unit: str | None
    """A lower-case noun for counts ("troops"), "%", "pp", a currency code, or a unit of measure; as in the text's language."""
    thing: str | None = None
    """The head noun phrase that is counted or measured, as it stands in the text, with its modifiers."""
    digits: int | None = None
    """Significant digits of the written figure, for the rounding tolerance."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who says it. `speaker` None: the outlet itself."""

    speaker: str | None = None
    """The fullest name or role the article gives this speaker."""
    mention: str | None = None
    role: str | None = None
    cue: str | None = None
    form: QuoteForm = "none"
    stance: Stance = "asserts"


@dataclass(frozen=True, slots=True)
class Claim:
    """A span of an article that says something checkable, with who says it, how much and when."""

    id: str
    article_id: str
    span: Span
    text: str
    standalone: str
    """The claim readable alone: pronouns, bare names and dates resolved, attribution taken off. What the models read."""
    lang: str
    attribution: Attribution = Attribution()
    modality: Modality = "fact"
    quantities: tuple[Quantity, ...] = ()
    as_of: str | None = None
    """ISO date at its own precision: "2024-03-01", "2024-03", "2024"; None where unknown."""
    probability: float = 1.0
    """That this is a checkable claim, by the tagger, in [0, 1]."""
    entities: tuple[str, ...] = ()
    """Names in the claim and the words that resolve its pronouns, as written; the linker's anchors."""
    headline: bool = False
    article_version: int = 1
    """The version of the article whose text the spans point into."""
    withdrawn: bool = False
    """The newest version of the article no longer says this."""


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """A claim with what the judge must know of the article it stands in."""

    claim: Claim
    publisher: str
    published_at: datetime
    source_group: str
    """The wire group of the article, or its id: what counts as one source."""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Two claims that may speak of the same question. `a` is the older by publication, then by id."""

    a: ClaimContext
    b: ClaimContext
    similarity: float
    """Cosine of the two vectors, in [-1, 1]."""
    anchors: tuple[str, ...] = ()
    """What they share, e.g. ("entity:ukraine", "word:troops")."""
    event: float = 0.0
    """Cosine of the two articles' vectors, 1 within an article; known while it is judged, not stored."""


@dataclass(frozen=True, slots=True)
class QuantityVerdict:
    """What the quantity reasoner says of a link."""

    outcome: Literal["agree", "clash", "incomparable", "none"]
    a: Quantity | None = None
    b: Quantity | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the NLI model and the quantity reasoner say of one link, and the relation that follows."""

    link: Link
    relation: Relation
    kind: Kind | None
    probability: float
    """Calibrated probability that the relation is right, in [0, 1]."""
    forward: tuple[float, float, float]
    backward: tuple[float, float, float]
    model: str
    model_version: str
    quantity: QuantityVerdict = QuantityVerdict("none")
    spans_a: tuple[Span, ...] = ()
    """The words that clash on side a, as offsets into its article's text."""
    spans_b: tuple[Span, ...] = ()
    explanation: str = ""
    corrected: bool = False
    """An update by the outlet that gave the earlier figure."""


@dataclass(frozen=True, slots=True)
class Review:
    """An editor's word on a contradiction."""

    status: Status
    reviewer: str
    reviewed_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A judged link shown to an editor."""

    id: str
    judgement: Judgement
    status: Status
    created_at: datetime
    updated_at: datetime
    version: int = 1
    """Counts changes; the ETag of the HTTP API."""
    thread_id: str | None = None
    sources_a: int = 1
    """Independent sources (wire groups) that stand on side a."""
    sources_b: int = 1
    reviews: tuple[Review, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class WireSignature:
    """What tells whether two articles carry the same text, small enough to keep for every article."""

    signature: bytes
    """As the wire step made it; the ledger keeps it as it is."""
    bands: tuple[str, ...] = ()
    """Keys by which likely copies are found without reading every article: two copies share at least one."""


@dataclass(frozen=True, slots=True)
class WireCandidate:
    """An article that shares a band with another, with what is needed to compare the two."""

    article_id: str
    publisher: str
    published_at: datetime
    wire_group: str | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class Thread:
    """All linked claims on one question over time."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    claims: int = 0
    """How many claims belong to it."""
    merged_into: str | None = None
    """The thread that took over its claims, if any."""

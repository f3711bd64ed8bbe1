"""The tables of the ledger, the same on SQLite and PostgreSQL; one file, because they refer to one another."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A moment, timezone-aware in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, without its zone where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; the ledger stores UTC only")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Counter = BigInteger().with_variant(Integer, "sqlite")
_Json = JSON(none_as_null=True)


def _counter(name: str) -> Column[int]:
    return Column(name, _Counter, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    key = ForeignKey(target, ondelete="SET NULL" if nullable else "CASCADE")
    return Column(name, String(30), key, primary_key=primary_key, nullable=nullable)


meta = Table(
    "meta",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("id", String(30), primary_key=True),
    Column("external_id", Text, nullable=False, unique=True),
    Column("publisher", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("lang", String(35), nullable=False),
    Column("wire_group", Text),
    Column("state", String(12), nullable=False),
    Column("failure", Text),
    Column("received_at", UtcTime, nullable=False),
    # Processing: who took it is told by the lease alone, so that a crashed worker's articles come free by themselves.
    Column("lease_until", UtcTime),
    Column("attempts", Integer, nullable=False, default=0),
    Index(None, "state", "id"),
    Index(None, "publisher", "id"),
    Index(None, "wire_group"),
    Index(None, "published_at"),
)

article_versions = Table(
    "article_versions",
    metadata,
    _ref("article_id", "articles.id", primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("publisher", Text, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("lang", String(35), nullable=False),
    Column("title", Text),
    Column("url", Text),
    Column("text", Text, nullable=False),
    Column("assumed", _Json, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    UniqueConstraint("article_id", "content_hash"),
    Index(None, "content_hash"),
)

wire_signatures = Table(
    "wire_signatures",
    metadata,
    _ref("article_id", "articles.id", primary_key=True),
    Column("signature", LargeBinary, nullable=False),
)

wire_bands = Table(
    "wire_bands",
    metadata,
    Column("band", String(64), primary_key=True),
    _ref("article_id", "articles.id", primary_key=True),
    Index(None, "article_id"),
    sqlite_with_rowid=False,
)

claims = Table(
    "claims",
    metadata,
    _counter("seq"),
    Column("id", String(30), nullable=False, unique=True),
    Column("article_id", String(30), nullable=False),
    Column("article_version", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("standalone", Text, nullable=False),
    Column("lang", String(35), nullable=False),
    Column("speaker", Text),
    Column("mention", Text),
    Column("role", Text),
    Column("cue", Text),
    Column("form", String(10), nullable=False),
    Column("stance", String(10), nullable=False),
    Column("modality", String(12), nullable=False),
    Column("quantities", _Json, nullable=False),
    Column("as_of", String(10)),
    Column("probability", Float, nullable=False),
    Column("entities", _Json, nullable=False),
    Column("headline", Boolean, nullable=False),
    # Of the article's version, repeated here so that one index serves a filter.
    Column("publisher", Text, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
    ForeignKeyConstraint(
        ["article_id", "article_version"], ["article_versions.article_id", "article_versions.version"], ondelete="CASCADE"
    ),
    Index(None, "article_id", "article_version"),
    Index(None, "publisher", "seq"),
    Index(None, "lang", "seq"),
    Index(None, "stance", "seq"),
    Index(None, "published_at"),
)

_gone = claims.c.withdrawn_at.is_not(None)
Index(None, claims.c.withdrawn_at, sqlite_where=_gone, postgresql_where=_gone)

vectors = Table(
    "vectors",
    metadata,
    _counter("seq"),
    Column("claim_id", String(30), ForeignKey("claims.id", ondelete="CASCADE"), nullable=False),
    Column("model", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float16, little-endian
    UniqueConstraint("claim_id", "model", "model_version"),
    Index(None, "model", "model_version", "seq"),
    sqlite_autoincrement=True,
)

vector_removals = Table(
    "vector_removals",
    metadata,
    _counter("seq"),
    Column("vector_seq", _Counter, nullable=False),  # of a row that is gone, hence no foreign key
    sqlite_autoincrement=True,
)

article_vectors = Table(
    "article_vectors",
    metadata,
    _ref("article_id", "articles.id", primary_key=True),
    Column("model", Text, primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float16, little-endian
)

links = Table(
    "links",
    metadata,
    Column("id", String(30), primary_key=True),
    _ref("a_id", "claims.id"),
    _ref("b_id", "claims.id"),
    Column("similarity", Float, nullable=False),
    Column("anchors", _Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("a_id", "b_id"),
    Index(None, "b_id"),
)

judgements = Table(
    "judgements",
    metadata,
    _counter("id"),
    _ref("link_id", "links.id"),
    Column("model", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("relation", String(16), nullable=False),
    Column("kind", String(20)),
    Column("probability", Float, nullable=False),
    Column("forward", _Json, nullable=False),
    Column("backward", _Json, nullable=False),
    Column("quantity", _Json, nullable=False),
    Column("spans_a", _Json, nullable=False),
    Column("spans_b", _Json, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("link_id", "model", "model_version"),
)

threads = Table(
    "threads",
    metadata,
    Column("id", String(30), primary_key=True),
    Column("title", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    _ref("merged_into", "threads.id", nullable=True),
)

thread_claims = Table(
    "thread_claims",
    metadata,
    _ref("claim_id", "claims.id", primary_key=True),
    _ref("thread_id", "threads.id"),
    Index(None, "thread_id", "claim_id"),
)

contradictions = Table(
    "contradictions",
    metadata,
    Column("id", String(30), primary_key=True),
    Column("link_id", String(30), ForeignKey("links.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("judgement_id", _Counter, ForeignKey("judgements.id", ondelete="CASCADE"), nullable=False),
    Column("status", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    # Of the judgement, repeated here so that one index serves a filter.
    Column("relation", String(16), nullable=False),
    Column("kind", String(20)),
    Column("probability", Float, nullable=False),
    _ref("thread_id", "threads.id", nullable=True),
    Column("sources_a", Integer, nullable=False),
    Column("sources_b", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index(None, "judgement_id"),
    Index(None, "status", "id"),
    Index(None, "kind", "id"),
    Index(None, "probability", "id"),
    Index(None, "thread_id"),
)

reviews = Table(
    "reviews",
    metadata,
    _counter("id"),
    _ref("contradiction_id", "contradictions.id"),
    Column("status", String(12), nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("reviewed_at", UtcTime, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "contradiction_id"),
)

events = Table(
    "events",
    metadata,
    _counter("id"),
    Column("type", String(40), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("data", _Json, nullable=False),
    sqlite_autoincrement=True,
)

answers = Table(
    "answers",
    metadata,
    Column("owner", String(60), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer),  # null while the first request is still at work
    Column("body", Text),
    Column("created_at", UtcTime, nullable=False),
    Index(None, "created_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(30), primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("scopes", _Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

watches = Table(
    "watches",
    metadata,
    Column("id", String(30), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("value", String(500), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("kind", "value"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(30), primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    # As it is: a signature needs the secret itself, no hash of it.
    Column("secret", Text, nullable=False),
    Column("types", _Json, nullable=False),
    Column("filters", _Json, nullable=False),
    Column("after_event", _Counter, nullable=False),  # the newest event when it was made: only later ones are sent
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("disabled_reason", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(30), primary_key=True),
    _ref("webhook_id", "webhooks.id"),
    Column("event_id", _Counter),  # null for a test call; events may be gone before their deliveries, hence no foreign key
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("retry_until", UtcTime, nullable=False),
    Column("next_attempt_at", UtcTime),
    Column("lease_until", UtcTime),
    UniqueConstraint("webhook_id", "event_id"),
    Index(None, "state", "next_attempt_at"),
    Index(None, "webhook_id", "state", "id"),
)

attempts = Table(
    "attempts",
    metadata,
    _counter("id"),
    _ref("delivery_id", "deliveries.id"),
    Column("tried_at", UtcTime, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("status", Integer),  # null where no answer came
    Column("error", Text),
    Index(None, "delivery_id"),
)

"""The first schema: articles, claims, findings, reviews, events and keys.

Longer than most files because it spells out every column as it was then, whatever `tables.py` says now.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON(none_as_null=True)
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, and on SQLite the full-text index of claims."""
    _articles()
    _claims()
    _findings()
    _service()
    if op.get_bind().dialect.name == "sqlite":
        _full_text()
    meta = sa.table("meta", sa.column("name", sa.String()), sa.column("value", sa.String()))
    op.bulk_insert(meta, [{"name": "ledger_id", "value": secrets.token_hex(16)}])


def _articles() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("wire_group", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("external_id", name=op.f("uq_articles_external_id")),
    )
    op.create_index(op.f("ix_articles_published_at"), "articles", ["published_at"], unique=False)
    op.create_index(op.f("ix_articles_publisher_id"), "articles", ["publisher", "id"], unique=False)
    op.create_index(op.f("ix_articles_state_id"), "articles", ["state", "id"], unique=False)
    op.create_index(op.f("ix_articles_wire_group"), "articles", ["wire_group"], unique=False)
    op.create_table(
        "article_versions",
        sa.Column("article_id", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("assumed", _JSON, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_versions_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "version", name=op.f("pk_article_versions")),
        sa.UniqueConstraint("article_id", "content_hash", name=op.f("uq_article_versions_article_id_content_hash")),
    )
    op.create_index(op.f("ix_article_versions_content_hash"), "article_versions", ["content_hash"], unique=False)
    op.create_table(
        "wire_signatures",
        sa.Column("article_id", sa.String(length=30), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_wire_signatures_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_wire_signatures")),
    )
    op.create_table(
        "wire_bands",
        sa.Column("band", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_wire_bands_article_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_wire_bands")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_wire_bands_article_id"), "wire_bands", ["article_id"], unique=False)


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("seq", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("article_id", sa.String(length=30), nullable=False),
        sa.Column("article_version", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("standalone", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("mention", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("cue", sa.Text(), nullable=True),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("stance", sa.String(length=10), nullable=False),
        sa.Column("modality", sa.String(length=12), nullable=False),
        sa.Column("quantities", _JSON, nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=True),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("entities", _JSON, nullable=False),
        sa.Column("headline", sa.Boolean(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.Column("withdrawn_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id", "article_version"],
            ["article_versions.article_id", "article_versions.version"],
            name=op.f("fk_claims_article_id_article_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_claims")),
        sa.UniqueConstraint("id", name=op.f("uq_claims_id")),
    )
    op.create_index(op.f("ix_claims_article_id_article_version"), "claims", ["article_id", "article_version"], unique=False)
    gone = sa.text("withdrawn_at IS NOT NULL")
    name = op.f("ix_claims_withdrawn_at")
    op.create_index(name, "claims", ["withdrawn_at"], unique=False, sqlite_where=gone, postgresql_where=gone)
    op.create_index(op.f("ix_claims_stance_seq"), "claims", ["stance", "seq"], unique=False)
    op.create_index(op.f("ix_claims_lang_seq"), "claims", ["lang", "seq"], unique=False)
    op.create_index(op.f("ix_claims_published_at"), "claims", ["published_at"], unique=False)
    op.create_index(op.f("ix_claims_publisher_seq"), "claims", ["publisher", "seq"], unique=False)
    op.create_table(
        "vectors",
        sa.Column("seq", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("claim_id", sa.String(length=30), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_vectors_claim_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_vectors")),
        sa.UniqueConstraint("claim_id", "model", "model_version", name=op.f("uq_vectors_claim_id_model_model_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_vectors_model_model_version_seq"), "vectors", ["model", "model_version", "seq"], unique=False)
    op.create_table(
        "vector_removals",
        sa.Column("seq", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("vector_seq", _COUNTER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_vector_removals")),
        sqlite_autoincrement=True,
    )


def _findings() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("a_id", sa.String(length=30), nullable=False),
        sa.Column("b_id", sa.String(length=30), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("anchors", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["claims.id"], name=op.f("fk_links_a_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["b_id"], ["claims.id"], name=op.f("fk_links_b_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("a_id", "b_id", name=op.f("uq_links_a_id_b_id")),
    )
    op.create_index(op.f("ix_links_b_id"), "links", ["b_id"], unique=False)
    op.create_table(
        "judgements",
        sa.Column("id", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("link_id", sa.String(length=30), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("forward", _JSON, nullable=False),
        sa.Column("backward", _JSON, nullable=False),
        sa.Column("quantity", _JSON, nullable=False),
        sa.Column("spans_a", _JSON, nullable=False),
        sa.Column("spans_b", _JSON, nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_judgements_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        sa.UniqueConstraint("link_id", "model", "model_version", name=op.f("uq_judgements_link_id_model_model_version")),
    )
    op.create_table(
        "threads",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("merged_into", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["threads.id"], name=op.f("fk_threads_merged_into"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    op.create_table(
        "thread_claims",
        sa.Column("claim_id", sa.String(length=30), nullable=False),
        sa.Column("thread_id", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_thread_claims_claim_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_claims_thread_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_thread_claims")),
    )
    op.create_index(op.f("ix_thread_claims_thread_id_claim_id"), "thread_claims", ["thread_id", "claim_id"], unique=False)
    op.create_table(
        "contradictions",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("link_id", sa.String(length=30), nullable=False),
        sa.Column("judgement_id", _COUNTER, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("thread_id", sa.String(length=30), nullable=True),
        sa.Column("sources_a", sa.Integer(), nullable=False),
        sa.Column("sources_b", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["judgement_id"], ["judgements.id"], name=op.f("fk_contradictions_judgement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_contradictions_link_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_contradictions_thread_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contradictions")),
        sa.UniqueConstraint("link_id", name=op.f("uq_contradictions_link_id")),
    )
    op.create_index(op.f("ix_contradictions_judgement_id"), "contradictions", ["judgement_id"], unique=False)
    op.create_index(op.f("ix_contradictions_kind_id"), "contradictions", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_contradictions_probability_id"), "contradictions", ["probability", "id"], unique=False)
    op.create_index(op.f("ix_contradictions_status_id"), "contradictions", ["status", "id"], unique=False)
    op.create_index(op.f("ix_contradictions_thread_id"), "contradictions", ["thread_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("contradiction_id", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewed_at", _TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contradiction_id"], ["contradictions.id"], name=op.f("fk_reviews_contradiction_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_contradiction_id"), "reviews", ["contradiction_id"], unique=False)


def _service() -> None:
    op.create_table(
        "events",
        sa.Column("id", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answers",
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_created_at"), "answers", ["created_at"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )


def _full_text() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE claims_fts USING fts5("
        "text, standalone, speaker, content='claims', content_rowid='seq', tokenize='unicode61 remove_diacritics 2')"
    )
    into = "INSERT INTO claims_fts(rowid, text, standalone, speaker"
    new = f"{into}) VALUES (new.seq, new.text, new.standalone, new.speaker);"
    old = f"{into}, claims_fts) VALUES (old.seq, old.text, old.standalone, old.speaker, 'delete');"
    op.execute(f"CREATE TRIGGER claims_fts_insert AFTER INSERT ON claims BEGIN {new} END")
    op.execute(f"CREATE TRIGGER claims_fts_delete AFTER DELETE ON claims BEGIN {old} END")
    op.execute(f"CREATE TRIGGER claims_fts_update AFTER UPDATE OF text, standalone, speaker ON claims BEGIN {old} {new} END")

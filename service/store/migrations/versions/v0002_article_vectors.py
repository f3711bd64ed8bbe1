"""One vector an article, by which articles on the same event are found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; articles processed before have no vector until `counterclaim reindex`."""
    op.create_table(
        "article_vectors",
        sa.Column("article_id", sa.String(length=30), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_vectors_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "model", "model_version", name=op.f("pk_article_vectors")),
    )

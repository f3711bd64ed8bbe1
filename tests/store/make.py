"""Short ways to make the records that the store tests are about."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from models.types import FloatArray
from service.records import (
    Article,
    Attribution,
    Claim,
    ClaimContext,
    Contradiction,
    Judgement,
    Link,
    Quantity,
    QuantityVerdict,
    Submission,
)
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import Processed, Saved

DIMENSION = 8
DAY = datetime(2024, 2, 10, 9, 30, tzinfo=UTC)

BY_HAND = threading.RLock()
"""Held while a test takes an article from "received" to "processed" itself; a worker beside it leases nothing meanwhile."""


class SharedLedger(Ledger):
    """A ledger that a test writes to while an app's worker looks for work in it."""

    def lease_pending(self, **options: Any) -> list[Article]:
        with BY_HAND:
            return super().lease_pending(**options)


def submission(text: str = "The bridge is closed.", *, publisher: str = "Gazette", **fields: Any) -> Submission:
    return Submission(text, publisher, **{"published_at": DAY, "lang": "en", **fields})


def claim(article: Article, text: str = "The bridge is closed.", *, speaker: str | None = None, **fields: Any) -> Claim:
    values = {"span": (0, len(text)), "standalone": text, "lang": article.lang, "attribution": Attribution(speaker), **fields}
    return Claim(new_id("clm"), article.id, text=text, **values)


def rich_claim(article: Article) -> Claim:
    """A claim with something in every field."""
    quantity = Quantity((4, 22), "well over 130,000", 130_000.0, None, True, "troops", "troops near the border", 2)
    attribution = Attribution("Ana Ruiz", "she", "minister", "denied", "indirect", "denies")
    return Claim(
        new_id("clm"),
        article.id,
        (0, 30),
        "“She” – naïve 😀 text",
        "Ana Ruiz’ text",
        "en",
        attribution,
        "forecast",
        (quantity, Quantity((1, 2), "x", None, 0.1, False, None)),
        "2024-03",
        0.75,
        ("Ana Ruiz", "Kyiv"),
        True,
    )


def unit_vectors(n: int, *, seed: int = 0, dimension: int = DIMENSION) -> FloatArray:
    drawn = np.random.default_rng(seed).standard_normal((n, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def processed(article: Article, claims: Sequence[Claim] = (), **fields: Any) -> Processed:
    values = {"vectors": unit_vectors(len(claims)), "embedder": "small", "embedder_version": "1", **fields}
    return Processed(article.id, article.version, article.lang, tuple(claims), **values)


def stored(ledger: Ledger, text: str, *, claims: Sequence[str] | None = None, **fields: Any) -> list[ClaimContext]:
    """The claims of a new, processed article, in context; one claim with the article's text by default."""
    with BY_HAND:
        article = ledger.add_article(submission(text, **fields)).article
        made = [claim(article, said) for said in (claims if claims is not None else [text])]
        assert ledger.save_processed(processed(article, made)).done
    return ledger.article_claims(article.id)


def context(ledger: Ledger, made: Claim) -> ClaimContext:
    """What the pipeline would hold for a claim that is not stored yet."""
    article = ledger.get_article(made.article_id)
    return ClaimContext(made, article.publisher, article.published_at, article.wire_group or article.id, article.external_id)


def judgement(a: ClaimContext, b: ClaimContext, **fields: Any) -> Judgement:
    values = {
        "relation": "contradiction",
        "kind": "numeric",
        "probability": 0.9,
        "forward": (0.1, 0.1, 0.8),
        "backward": (0.2, 0.1, 0.7),
        "model": "judge",
        "model_version": "1",
        "quantity": QuantityVerdict("clash", Quantity((0, 3), "100", 100.0, 100.0, False, "boats"), None, "100 is not 200"),
        "spans_a": ((0, 3),),
        "spans_b": ((4, 7), (8, 9)),
        "explanation": "100 against 200",
        "corrected": False,
        **fields,
    }
    return Judgement(Link(a, b, 0.8, ("entity:bridge",)), **values)


def contradiction(a: ClaimContext, b: ClaimContext, **fields: Any) -> Contradiction:
    own = {name: fields.pop(name) for name in ("thread_id", "sources_a", "sources_b") if name in fields}
    return Contradiction(new_id("con"), judgement(a, b, **fields), "suggested", DAY, DAY, **own)


def flagged(ledger: Ledger, left: str, right: str, **fields: Any) -> Contradiction:
    """A stored contradiction between two new articles; fields of the judgement, or a_… and b_… of the articles."""
    a_fields = {name[2:]: fields.pop(name) for name in list(fields) if name.startswith("a_")}
    b_fields = {name[2:]: fields.pop(name) for name in list(fields) if name.startswith("b_")}
    speakers = (a_fields.pop("speaker", None), b_fields.pop("speaker", None))
    with BY_HAND:
        first = ledger.add_article(submission(left, **a_fields)).article
        one = claim(first, left, speaker=speakers[0])
        ledger.save_processed(processed(first, [one]))
        second = ledger.add_article(submission(right, **b_fields)).article
        other = claim(second, right, speaker=speakers[1])
        found = contradiction(context(ledger, one), context(ledger, other), **fields)
        saved: Saved = ledger.save_processed(processed(second, [other], contradictions=(found,)))
    assert saved.contradictions == (found.id,)
    return ledger.get_contradiction(found.id)

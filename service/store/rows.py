"""Between rows and records: what each table's columns become, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import RowMapping

from models.types import FloatArray
from service.errors import InputError
from service.records import (
    Article,
    Attribution,
    Claim,
    ClaimContext,
    Judgement,
    Link,
    Quantity,
    QuantityVerdict,
    Span,
)

Row = RowMapping

STORED_VECTOR = np.dtype("<f2")
"""float16: half the size, and a unit vector loses less than 0.001 of cosine."""

_UNIT_TOLERANCE = 0.01


def article_of(row: Row) -> Article:
    """Return the article of a row that joins `articles` with one of its versions."""
    return Article(
        id=row["id"],
        external_id=row["external_id"],
        publisher=row["publisher"],
        published_at=row["published_at"],
        lang=row["lang"],
        text=row["text"],
        title=row["title"],
        url=row["url"],
        version=row["version"],
        wire_group=row["wire_group"],
        state=row["state"],
        failure=row["failure"],
        received_at=row["received_at"],
        assumed=tuple(row["assumed"]),
    )


def quantity_of(value: Mapping[str, Any] | None) -> Quantity | None:
    """Return the quantity of a JSON object, or None for null."""
    return None if value is None else Quantity(**{**value, "span": _span(value["span"])})


def claim_values(claim: Claim, *, version: int, publisher: str, published_at: datetime) -> dict[str, Any]:
    """Return the columns of `claims` for a claim of this version of its article."""
    attribution = claim.attribution
    return {
        "article_version": version,
        "start": claim.span[0],
        "end": claim.span[1],
        "text": claim.text,
        "standalone": claim.standalone,
        "lang": claim.lang,
        "speaker": attribution.speaker,
        "mention": attribution.mention,
        "role": attribution.role,
        "cue": attribution.cue,
        "form": attribution.form,
        "stance": attribution.stance,
        "modality": claim.modality,
        "quantities": [asdict(quantity) for quantity in claim.quantities],
        "as_of": claim.as_of,
        "probability": claim.probability,
        "entities": list(claim.entities),
        "headline": claim.headline,
        "publisher": publisher,
        "published_at": published_at,
        "withdrawn_at": None,
    }


def claim_of(row: Row) -> Claim:
    """Return the claim of a row of `claims`."""
    return Claim(
        id=row["id"],
        article_id=row["article_id"],
        span=(row["start"], row["end"]),
        text=row["text"],
        standalone=row["standalone"],
        lang=row["lang"],
        attribution=Attribution(row["speaker"], row["mention"], row["role"], row["cue"], row["form"], row["stance"]),
        modality=row["modality"],
        quantities=tuple(Quantity(**{**value, "span": _span(value["span"])}) for value in row["quantities"]),
        as_of=row["as_of"],
        probability=row["probability"],
        entities=tuple(row["entities"]),
        headline=row["headline"],
        article_version=row["article_version"],
        withdrawn=row["withdrawn_at"] is not None,
    )


def context_of(row: Row) -> ClaimContext:
    """Return the claim of a row of `claims` that carries `external_id` and `source_group` of its article as well."""
    return ClaimContext(
        claim=claim_of(row),
        publisher=row["publisher"],
        published_at=row["published_at"],
        source_group=row["source_group"],
        external_id=row["external_id"],
    )


def judgement_values(judgement: Judgement) -> dict[str, Any]:
    """Return the columns of `judgements` for a judgement, without its link."""
    return {
        "model": judgement.model,
        "model_version": judgement.model_version,
        "relation": judgement.relation,
        "kind": judgement.kind,
        "probability": judgement.probability,
        "forward": list(judgement.forward),
        "backward": list(judgement.backward),
        "quantity": asdict(judgement.quantity),
        "spans_a": [list(span) for span in judgement.spans_a],
        "spans_b": [list(span) for span in judgement.spans_b],
        "explanation": judgement.explanation,
        "corrected": judgement.corrected,
    }


def judgement_of(row: Row, *, a: ClaimContext, b: ClaimContext) -> Judgement:
    """Return the judgement of a row that joins `judgements` with `links`, between these two claims."""
    quantity = row["quantity"]
    return Judgement(
        link=Link(a, b, row["similarity"], tuple(row["anchors"])),
        relation=row["relation"],
        kind=row["kind"],
        probability=row["probability"],
        forward=tuple(row["forward"]),
        backward=tuple(row["backward"]),
        model=row["model"],
        model_version=row["model_version"],
        quantity=QuantityVerdict(quantity["outcome"], quantity_of(quantity["a"]), quantity_of(quantity["b"]), quantity["why"]),
        spans_a=_spans(row["spans_a"]),
        spans_b=_spans(row["spans_b"]),
        explanation=row["explanation"],
        corrected=row["corrected"],
    )


def vector_bytes(vectors: FloatArray) -> list[bytes]:
    """Return each row of (n, dimension) as it is stored; InputError if a number is not finite."""
    if vectors.ndim != 2:
        raise InputError(
            f"vectors have shape {vectors.shape}; one row for each claim is needed: (n, dimension)", loc=("vectors",)
        )
    broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if broken.size:
        raise InputError(
            f"vector {broken[0]} of {len(vectors)} holds NaN or infinity; the model that made it is at fault", loc=("vectors",)
        )
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = np.flatnonzero(np.abs(lengths - 1.0) > _UNIT_TOLERANCE)
    if wrong.size:
        message = f"vector {wrong[0]} of {len(vectors)} has length {lengths[wrong[0]]:.3f}; the embedder must give unit vectors"
        raise InputError(message, loc=("vectors",))
    return [row.tobytes() for row in vectors.astype(STORED_VECTOR)]


def vector_of(stored: bytes) -> FloatArray:
    """Return a stored vector as float32."""
    return np.frombuffer(stored, dtype=STORED_VECTOR).astype(np.float32)


def _span(value: Sequence[int]) -> Span:
    return (value[0], value[1])


def _spans(values: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(_span(value) for value in values)

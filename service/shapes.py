"""The columns of each export: names and types of what `service.lines` makes, for formats that must know them beforehand."""

from typing import Any

Shape = dict[str, Any]
"""Name → str, int, float, bool or "time"; a list of one of these or of a shape; or a shape."""

ARTICLE: Shape = {
    "id": str,
    "external_id": str,
    "wire_group": str,
    "publisher": str,
    "published_at": "time",
    "lang": str,
    "title": str,
    "url": str,
    "version": int,
    "state": str,
    "failure": str,
    "received_at": "time",
    "assumed": [str],
}
QUANTITY: Shape = {
    "span": [int],
    "text": str,
    "low": float,
    "high": float,
    "approx": bool,
    "unit": str,
    "thing": str,
}
CLAIM: Shape = {
    "id": str,
    "article_id": str,
    "article_version": int,
    "external_id": str,
    "publisher": str,
    "published_at": "time",
    "source_group": str,
    "span": [int],
    "text": str,
    "standalone": str,
    "lang": str,
    "speaker": str,
    "mention": str,
    "role": str,
    "cue": str,
    "form": str,
    "stance": str,
    "modality": str,
    "quantities": [QUANTITY],
    "as_of": str,
    "probability": float,
    "entities": [str],
    "headline": bool,
    "withdrawn": bool,
}
SIDE: Shape = CLAIM | {"clash": [{"span": [int], "text": str}], "sources": int}
NLI: Shape = {"entailment": float, "neutral": float, "contradiction": float}
CONTRADICTION: Shape = {
    "id": str,
    "relation": str,
    "kind": str,
    "probability": float,
    "status": str,
    "explanation": str,
    "corrected": bool,
    "a": SIDE,
    "b": SIDE,
    "judgement": {
        "model": str,
        "model_version": str,
        "similarity": float,
        "anchors": [str],
        "a_to_b": NLI,
        "b_to_a": NLI,
    },
    "thread_id": str,
    "created_at": "time",
    "updated_at": "time",
    "version": int,
    "reviews": [{"status": str, "reviewer": str, "reviewed_at": "time", "note": str}],
}
SHAPES: dict[str, Shape] = {"articles": ARTICLE, "claims": CLAIM, "contradictions": CONTRADICTION}

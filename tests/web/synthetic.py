"""Fills a ledger with invented findings by the hundred thousand, straight into its tables."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from service.store import tables
from service.store.ids import new_id
from service.store.ledger import Ledger

OUTLETS = [
    f"{place} {name}"
    for place in "North South East West Harbour Valley Lake Island".split()
    for name in ("Post", "Times", "Wire")
]
SPEAKERS = [
    "Ana Ruiz",
    "Jens Holt",
    "Олена Коваль",
    "Defence Ministry",
    "Harbour Master",
    "Ministry of Health",
    "Kari Nordmann",
    None,
]
LANGS = ["en"] * 6 + ["nb", "uk", "de"]
KINDS = ["numeric", "numeric", "negation", "antonym", "identity", "place_time", "attributed_dispute"]
RELATIONS = ["contradiction", "contradiction", "dispute", "update"]
STATUSES = ["suggested"] * 12 + ["confirmed", "dismissed", "dismissed", "resolved"]
START = datetime(2024, 1, 1, tzinfo=UTC)
GROUP = 5_000


def fill(ledger: Ledger, findings: int, *, seed: int = 7) -> None:
    """Store this many contradictions, each between two claims of two articles; one outlet and speaker are rare."""
    draw = random.Random(seed)
    for start in range(0, findings, GROUP):
        rows: dict[str, list[dict[str, Any]]] = {}
        for number in range(start, min(findings, start + GROUP)):
            for name, row in _finding(number, findings, draw):
                rows.setdefault(name, []).append(row)
        with ledger._write() as connection:
            for name, some in rows.items():
                connection.execute(insert(tables.metadata.tables[name]), some)


def _finding(number: int, findings: int, draw: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    moment = START + timedelta(seconds=number * 90)
    sides = []
    for side in range(2):
        rare = number == findings // 3 and side == 0
        publisher = "Lighthouse Letter" if rare else draw.choice(OUTLETS)
        speaker = "Zadie Quill" if rare else draw.choice(SPEAKERS)
        lang = "fi" if rare else draw.choice(LANGS)
        article_id, claim_id, seq = new_id("art"), new_id("clm"), 2 * number + side + 1
        said = f"{draw.randrange(100, 999)} boats lay in harbour number {draw.randrange(5000)} on day {number % 365}."
        shared = {"publisher": publisher, "published_at": moment, "lang": lang}
        yield "articles", shared | {
            "id": article_id, "external_id": article_id, "version": 1, "state": "processed", "received_at": moment,
            "attempts": 1,
        }  # fmt: skip
        yield "article_versions", shared | {
            "article_id": article_id, "version": 1, "content_hash": article_id, "title": f"Boats, report {number}", "url": None,
            "text": said, "assumed": [], "received_at": moment,
        }  # fmt: skip
        yield "claims", shared | {
            "seq": seq, "id": claim_id, "article_id": article_id, "article_version": 1, "start": 0, "end": len(said),
            "text": said,
            "standalone": said, "speaker": speaker, "form": "indirect", "stance": "asserts", "modality": "fact",
            "quantities": [],
            "probability": 0.9, "entities": [], "headline": False,
        }  # fmt: skip
        sides.append(claim_id)
    link_id, probability = new_id("lnk"), round(draw.uniform(0.5, 0.99), 4)
    relation, kind = draw.choice(RELATIONS), draw.choice(KINDS)
    yield "links", {"id": link_id, "a_id": sides[0], "b_id": sides[1], "similarity": 0.9, "anchors": [], "created_at": moment}
    about = {"relation": relation, "kind": kind, "probability": probability}
    yield "judgements", about | {
        "id": number + 1, "link_id": link_id, "model": "small", "model_version": "1", "forward": [0.1, 0.1, 0.8],
        "backward": [0.1, 0.1, 0.8], "quantity": {"outcome": "none", "a": None, "b": None, "why": ""}, "spans_a": [[0, 3]],
        "spans_b": [[0, 3]], "explanation": "The two figures differ.", "corrected": False, "created_at": moment,
    }  # fmt: skip
    yield "contradictions", about | {
        "id": new_id("con"), "link_id": link_id, "judgement_id": number + 1, "status": draw.choice(STATUSES), "version": 1,
        "sources_a": 1, "sources_b": 1, "created_at": moment, "updated_at": moment,
    }  # fmt: skip

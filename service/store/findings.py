"""Stores links, judgements and contradictions of one processed article."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from service.records import Judgement
from service.store import tables
from service.store.base import chunks
from service.store.ids import new_id
from service.store.rows import judgement_values
from service.store.types import Processed

_L = tables.links
_J = tables.judgements
_K = tables.contradictions

_Sides = tuple[str, str]


def store_findings(connection: Connection, processed: Processed, ids: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Return what the `contradiction.created` events say of each contradiction that is new in the ledger.

    `ids` maps claim ids as given to those in the ledger.
    """
    given = [*processed.judgements, *(item.judgement for item in processed.contradictions)]
    judged = {_sides(judgement, ids): judgement for judgement in given}
    living = _living(connection, [side for sides in judged for side in sides])
    judged = {sides: judgement for sides, judgement in judged.items() if living.issuperset(sides)}
    links = _store_links(connection, judged, now)
    found = _store_judgements(connection, {links[sides]: judged[sides] for sides in judged if sides in links}, now)
    taken = _flagged(connection, list(links.values()))
    rows: list[dict[str, Any]] = []
    for item in processed.contradictions:
        link_id = links.get(_sides(item.judgement, ids))
        if link_id is None or link_id not in found or link_id in taken:
            continue
        taken.add(link_id)
        judgement = item.judgement
        about: dict[str, Any] = {"id": item.id, "status": item.status, "probability": judgement.probability}
        about |= {"relation": judgement.relation, "kind": judgement.kind}
        sources = {"sources_a": item.sources_a, "sources_b": item.sources_b, "thread_id": item.thread_id}
        times = {"version": item.version, "created_at": item.created_at, "updated_at": item.updated_at}
        rows.append(about | sources | times | {"link_id": link_id, "judgement_id": found[link_id]})
    if rows:
        connection.execute(insert(_K), rows)
    return [{name: row[name] for name in ("id", "status", "relation", "kind", "probability")} for row in rows]


def _sides(judgement: Judgement, ids: Mapping[str, str]) -> _Sides:
    a, b = judgement.link.a.claim.id, judgement.link.b.claim.id
    return ids.get(a, a), ids.get(b, b)


def _living(connection: Connection, claim_ids: Sequence[str]) -> set[str]:
    claims = tables.claims
    found: set[str] = set()
    for some in chunks(claim_ids):
        query = select(claims.c.id).where(claims.c.id.in_(some), claims.c.withdrawn_at.is_(None))
        found.update(connection.execute(query).scalars())
    return found


def _store_links(connection: Connection, judged: Mapping[_Sides, Judgement], now: datetime) -> dict[_Sides, str]:
    """Return the link of each pair of sides. A pair that the ledger holds the other way round has none here."""
    known: dict[_Sides, str] = {}
    for some in chunks([side for sides in judged for side in sides]):
        query = select(_L.c.id, _L.c.a_id, _L.c.b_id).where(or_(_L.c.a_id.in_(some), _L.c.b_id.in_(some)))
        known.update(((row.a_id, row.b_id), row.id) for row in connection.execute(query))
    fresh = [
        {
            "id": new_id("lnk"),
            "a_id": sides[0],
            "b_id": sides[1],
            "similarity": judgement.link.similarity,
            "anchors": list(judgement.link.anchors),
            "created_at": now,
        }
        for sides, judgement in judged.items()
        if sides not in known and (sides[1], sides[0]) not in known
    ]
    if fresh:
        connection.execute(insert(_L), fresh)
    known |= {(str(row["a_id"]), str(row["b_id"])): str(row["id"]) for row in fresh}
    return {sides: known[sides] for sides in judged if sides in known}


def _store_judgements(connection: Connection, judged: Mapping[str, Judgement], now: datetime) -> dict[str, int]:
    """Return the id of each link's judgement by the model that judged it now."""
    wanted = {(link_id, judgement.model, judgement.model_version): judgement for link_id, judgement in judged.items()}
    found: dict[str, int] = {}
    for some in chunks(list(judged)):
        query = select(_J.c.id, _J.c.link_id, _J.c.model, _J.c.model_version).where(_J.c.link_id.in_(some))
        for row in connection.execute(query):
            if wanted.pop((row.link_id, row.model, row.model_version), None) is not None:
                found[row.link_id] = row.id
    rows = [judgement_values(judgement) | {"link_id": key[0], "created_at": now} for key, judgement in wanted.items()]
    if rows:
        stored = connection.execute(insert(_J).returning(_J.c.link_id, _J.c.id), rows)
        found.update((row.link_id, row.id) for row in stored)
    return found


def _flagged(connection: Connection, link_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(link_ids):
        found.update(connection.execute(select(_K.c.link_id).where(_K.c.link_id.in_(some))).scalars())
    return found

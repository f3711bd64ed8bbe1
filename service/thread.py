"""Threads: linked claims grown into questions, one claim at a time, with stable ids.

A claim joins the thread of the claims it is linked to; where they belong to several threads, the oldest takes over the others.
"""

from collections.abc import Callable, Iterable, Mapping

from service.records import Judgement
from service.store.types import ThreadChange

BINDING = ("repeat", "support", "contradiction", "dispute", "update")


def changes(judgements: Iterable[Judgement], *, thread_of: Mapping[str, str], new_id: Callable[[], str]) -> list[ThreadChange]:
    """What becomes of the threads, given the judgements of one article and the thread of each claim that has one."""
    parent: dict[str, str] = {}

    def root(x: str) -> str:
        while parent.setdefault(x, x) != x:
            x = parent[x]
        return x

    titles: dict[str, str] = {}
    for judgement in judgements:
        if judgement.relation not in BINDING:
            continue
        a, b = judgement.link.a.claim, judgement.link.b.claim
        titles.setdefault(a.id, a.standalone)
        titles.setdefault(b.id, b.standalone)
        for claim in (a, b):
            if claim.id in thread_of:
                parent[root(claim.id)] = root(thread_of[claim.id])
        parent[root(a.id)] = root(b.id)
    groups: dict[str, list[str]] = {}
    for node in list(parent):
        groups.setdefault(root(node), []).append(node)
    out = []
    for nodes in groups.values():
        threads = sorted(n for n in nodes if n not in titles)
        claims = tuple(sorted(n for n in nodes if n in titles))
        thread = threads[0] if threads else new_id()
        out.append(ThreadChange(thread, titles[claims[0]][:200], claims, tuple(threads[1:])))
    return out

"""Why a link was flagged: the words that clash on each side, and one sentence an editor can read."""

import re
from dataclasses import dataclass

from service.features import Scored, moment
from service.records import ClaimContext, Kind, Relation, Span

_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_NEGATIONS = frozenset(
    """
    not no never none nobody neither nor without n't ikke ingen aldri ikkje inga inte aldrig nicht kein keine keinen niemand
    nie niet geen nooit ne pas aucun aucune jamais personne ningún ninguna nunca nadie non nessun nessuno mai não nenhum
    nenhuma żaden żadna nigdy ei eivät eikä není žádný nikdy не нет ни никто никогда немає ніхто ніколи жоден nu niciun
    nicio
    """.split()
)
_PLACE_TIME = re.compile(
    r"\b(?:\d{1,2}[:.]\d{2}|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july"
    r"|august|september|october|november|december|morning|noon|evening|night)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one side that the other side lacks."""

    spans: tuple[Span, ...]
    words: frozenset[str]


def clash_spans(item: Scored) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The words that clash on each side, as offsets into the articles: the compared quantities, or the words not shared."""
    verdict = item.quantity
    if verdict.outcome == "clash" and verdict.a and verdict.b:
        return (verdict.a.span,), (verdict.b.span,)
    a, b = _only(item.link.a, item.link.b), _only(item.link.b, item.link.a)
    return a.spans or (item.link.a.claim.span,), b.spans or (item.link.b.claim.span,)


def difference(item: Scored) -> Kind:
    """The kind of a difference that is no number and no dispute."""
    a, b = _only(item.link.a, item.link.b).words, _only(item.link.b, item.link.a).words
    if bool(a & _NEGATIONS) != bool(b & _NEGATIONS):
        return "negation"
    if any(_PLACE_TIME.search(" ".join(side)) for side in (a, b)):
        return "place_time"
    names_a, names_b = _names(item.link.a), _names(item.link.b)
    if names_a - names_b and names_b - names_a:
        return "identity"
    return "antonym"


def sentence(item: Scored, relation: Relation, kind: Kind | None) -> str:
    """One sentence: both sides with date, outlet and speaker, and what follows: "…; different days: update"."""
    a, b = item.link.a, item.link.b
    verdict = item.quantity
    numbers = kind == "numeric" and verdict.a is not None and verdict.b is not None
    left = verdict.a.text if numbers and verdict.a else a.claim.text
    right = verdict.b.text if numbers and verdict.b else b.claim.text
    return f"{_side(a, left)}; {_side(b, right)}; {_outcome(item, relation)}"


def _side(side: ClaimContext, words: str) -> str:
    claim = side.claim
    date = f"{side.published_at.day} {side.published_at:%b %Y}"
    if claim.attribution.speaker:
        verb = "denies" if claim.attribution.stance == "denies" else "says"
        return f"{date}, {side.publisher}: {claim.attribution.speaker} {verb} “{words}”"
    return f"{date}, {side.publisher}: “{words}”"


def _outcome(item: Scored, relation: Relation) -> str:
    if relation == "update":
        a, b = moment(item.link.a), moment(item.link.b)
        return f"as of {a} and of {b}: update" if a != b else "the later figure replaces the earlier: update"
    if relation == "dispute":
        return "two parties say opposite things: dispute"
    return "both cannot be true: contradiction"


def _only(side: ClaimContext, other: ClaimContext) -> _Words:
    theirs = {_stem(w) for w in _WORD.findall(other.claim.text)} | {_stem(w) for w in _WORD.findall(other.claim.standalone)}
    start = side.claim.span[0]
    found = [m for m in _WORD.finditer(side.claim.text) if _stem(m[0]) not in theirs]
    telling = [m for m in found if len(m[0]) > 3 or m[0].casefold() in _NEGATIONS or m[0][0].isdigit()]
    spans: list[Span] = []
    for m in telling:
        span = (start + m.start(), start + m.end())
        if spans and span[0] - spans[-1][1] <= 1:
            spans[-1] = (spans[-1][0], span[1])
        else:
            spans.append(span)
    return _Words(tuple(spans), frozenset(m[0].casefold() for m in found))


def _names(side: ClaimContext) -> set[str]:
    return {name.casefold() for name in side.claim.entities}


def _stem(word: str) -> str:
    return word.casefold()[:6]

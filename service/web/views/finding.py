"""A contradiction as the desk shows it: in the inbox and on its own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.records import Article, ClaimContext, Contradiction, Review, Span, Status
from service.web.views.pieces import Piece, clipped, cut, paragraph

MAX_NAME = 120
"""Code points of a name that a line has room for."""

LINE = 420
"""Code points of a claim in the inbox."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: who said what where and when, with the words that clash marked."""

    letter: str
    claim_id: str
    article_id: str
    speaker: str | None
    role: str | None
    denies: bool
    publisher: str
    published_at: datetime
    as_of: str | None
    lang: str
    sources: int
    withdrawn: bool
    pieces: Sequence[Piece]
    title: str | None = None
    url: str | None = None
    date_assumed: bool = False
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction."""

    id: str
    relation: str
    kind: str | None
    probability: float
    status: Status
    version: int
    explanation: str
    corrected: bool
    a: Side
    b: Side
    thread_id: str | None
    created_at: datetime
    reviews: Sequence[Review]
    model: str
    model_version: str
    anchors: Sequence[str]

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both sides, the older first."""
        return self.a, self.b

    @property
    def last(self) -> Review | None:
        """The newest review, if any."""
        return self.reviews[-1] if self.reviews else None


def listed(item: Contradiction) -> Finding:
    """Return a contradiction as a row of the inbox: the claims alone, cut to a few lines."""
    link, judgement = item.judgement.link, item.judgement
    return _finding(
        item, _line("a", link.a, judgement.spans_a, item.sources_a), _line("b", link.b, judgement.spans_b, item.sources_b)
    )


def whole(item: Contradiction, articles: Mapping[str, Article]) -> Finding:
    """Return a contradiction with both claims in their paragraphs; `articles` by claim id, in the claim's version."""
    link, judgement = item.judgement.link, item.judgement
    a = _in_place("a", link.a, judgement.spans_a, item.sources_a, articles[link.a.claim.id])
    b = _in_place("b", link.b, judgement.spans_b, item.sources_b, articles[link.b.claim.id])
    return _finding(item, a, b)


def status_before(item: Contradiction) -> Status:
    """Return the status that undoing the newest review leads back to."""
    return item.reviews[-2].status if len(item.reviews) > 1 else "suggested"


def _finding(item: Contradiction, a: Side, b: Side) -> Finding:
    judgement = item.judgement
    return Finding(
        id=item.id,
        relation=judgement.relation,
        kind=judgement.kind,
        probability=judgement.probability,
        status=item.status,
        version=item.version,
        explanation=clipped(judgement.explanation, 1_200),
        corrected=judgement.corrected,
        a=a,
        b=b,
        thread_id=item.thread_id,
        created_at=item.created_at,
        reviews=item.reviews,
        model=judgement.model,
        model_version=judgement.model_version,
        anchors=judgement.link.anchors,
    )


def _line(letter: str, side: ClaimContext, clash: Sequence[Span], sources: int) -> Side:
    span = side.claim.span
    return _side(letter, side, sources, _fitting(cut(side.claim.text, span[0], claim=span, clash=clash)))


def _fitting(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a line: plain stretches shrink until the words that clash are in sight."""
    if sum(len(piece.text) for piece in pieces) <= LINE:
        return list(pieces)
    found: list[Piece] = []
    left = LINE
    for piece in pieces:
        if left <= 0:
            found.append(Piece("", gap=True))
            break
        most = left if piece.clash else min(left, LINE // 3)
        if len(piece.text) <= most:
            found.append(piece)
        elif piece is pieces[0]:
            found.extend([Piece("", gap=True), Piece(piece.text[-most:], piece.claim, piece.clash)])
        else:
            found.extend([Piece(piece.text[:most], piece.claim, piece.clash), Piece("", gap=True)])
        left -= min(len(piece.text), most)
    return found


def _in_place(letter: str, side: ClaimContext, clash: Sequence[Span], sources: int, article: Article) -> Side:
    text, span = article.text, side.claim.span
    start, end = paragraph(text, span)
    return _side(
        letter, side, sources, cut(text[start:end], start, claim=span, clash=clash), article,
        cut_before=start > 0 and text[start - 1] != "\n", cut_after=end < len(text) and text[end] != "\n",
    )  # fmt: skip


def _side(
    letter: str,
    side: ClaimContext,
    sources: int,
    pieces: Sequence[Piece],
    article: Article | None = None,
    *,
    cut_before: bool = False,
    cut_after: bool = False,
) -> Side:
    claim, said = side.claim, side.claim.attribution
    return Side(
        letter=letter,
        claim_id=claim.id,
        article_id=claim.article_id,
        speaker=clipped(said.speaker, MAX_NAME) if said.speaker else None,
        role=clipped(said.role, MAX_NAME) if said.role and said.role != said.speaker else None,
        denies=said.stance == "denies",
        publisher=clipped(side.publisher, MAX_NAME),
        published_at=side.published_at,
        as_of=claim.as_of,
        lang="" if claim.lang == "und" else claim.lang,
        sources=sources,
        withdrawn=claim.withdrawn,
        pieces=pieces,
        title=clipped(article.title, 300) if article and article.title else None,
        url=web_address(article.url) if article else None,
        date_assumed=article is not None and "published_at" in article.assumed,
        cut_before=cut_before,
        cut_after=cut_after,
    )


def web_address(url: str | None) -> str | None:
    """Return the address if a link may lead there: http and https alone, since an article may claim any scheme for itself."""
    return url if url and url.lower().startswith(("http://", "https://")) else None

"""Articles, claims and reviews in the vocabulary of schema.org."""

from collections.abc import Iterator
from typing import Any

from service.lines import Line, rfc3339

Node = dict[str, Any]


def nodes(line: Line, what: str) -> Iterator[Node]:
    """Yield the nodes of one export line: NewsArticle, Claim, or ClaimReview for a contradiction that an editor reviewed.

    A contradiction that nobody reviewed yields nothing: schema.org has no word for a suspicion.
    """
    if what == "articles":
        yield _article(line)
    elif what == "claims":
        yield _claim(line)
    elif line["reviews"]:
        yield _review(line)


def _article(line: Line) -> Node:
    return _without_nulls(
        {
            "@type": "NewsArticle",
            "@id": _urn(line["id"]),
            "identifier": line["external_id"],
            "publisher": _outlet(line["publisher"]),
            "datePublished": rfc3339(line["published_at"]),
            "inLanguage": line["lang"],
            "headline": line["title"],
            "url": line["url"],
        }
    )


def _claim(line: Line) -> Node:
    appearance = {
        "@type": "NewsArticle",
        "@id": _urn(line["article_id"]),
        "identifier": line["external_id"],
        "publisher": _outlet(line["publisher"]),
        "datePublished": rfc3339(line["published_at"]),
    }
    return _without_nulls(
        {
            "@type": "Claim",
            "@id": _urn(line["id"]),
            "text": line["text"],
            "abstract": line["standalone"],
            # No @type: a speaker may be a person, an office or a ministry, and the ledger does not tell.
            "author": {"name": line["speaker"]} if line["speaker"] else _outlet(line["publisher"]),
            "inLanguage": line["lang"],
            "temporalCoverage": line["as_of"],
            "appearance": appearance,
        }
    )


def _review(line: Line) -> Node:
    last = line["reviews"][-1]
    return _without_nulls(
        {
            "@type": "ClaimReview",
            "@id": _urn(line["id"]),
            "claimReviewed": f"{line['a']['text']} / {line['b']['text']}",
            "itemReviewed": [_claim(line["a"]), _claim(line["b"])],
            "author": {"name": last["reviewer"]},
            "datePublished": rfc3339(last["reviewed_at"]),
            "reviewBody": last["note"] or None,
            "reviewRating": {"@type": "Rating", "alternateName": f"{last['status']} {line['relation']}"},
        }
    )


def _outlet(name: str) -> Node:
    return {"@type": "Organization", "name": name}


def _urn(record_id: str) -> str:
    return f"urn:counterclaim:{record_id}"


def _without_nulls(node: Node) -> Node:
    return {name: value for name, value in node.items() if value is not None}

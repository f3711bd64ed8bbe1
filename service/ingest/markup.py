"""HTML pages and feeds: the article's text, by trafilatura, and what the page says of itself."""

import calendar
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from service.errors import EmptyText, InputError, TooLarge
from service.ingest import language
from service.ingest.found import Found

_MAX_CHARS, _MAX_TAGS = 3_000_000, 40_000
"""Of a page; what is longer is no article, and trees of more tags take minutes."""
_MAX_ENTRIES = 2000
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre"
    " section table td th tr ul".split()
)
_SKIPPED = frozenset("script style template noscript iframe object svg".split())
_SPACES = re.compile(r"\s+")
_JSON_DATE = re.compile(r"\"datePublished\"\s*:\s*\"([^\"]{8,40})\"")
_PUBLISHED = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished' or @name='datePublished' or @name='parsely-pub-date' or @name='pubdate']/@content",
    "//*[@itemprop='datePublished']/@datetime",
)


def read_html(data: bytes | str) -> Found:
    """The article of a page; EmptyText where there is none in it, TooLarge for pages that no newspaper prints."""
    import trafilatura
    from lxml import etree

    _check_size(data)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it logs as errors is told by ours
    try:
        tree: Any = trafilatura.load_html(data)
        document: Any = (
            trafilatura.bare_extraction(tree, with_metadata=True, include_comments=False, include_tables=False)
            if tree is not None
            else None
        )
    except (RecursionError, etree.LxmlError, ValueError) as error:
        raise InputError(f"the page cannot be read as HTML: {error}", loc=("html",)) from error
    if document is None or not (document.text or "").strip():
        raise EmptyText("no article text was found in the page", loc=("html",))
    return Found(
        text=_paragraphs(document.text),
        publisher=document.sitename or document.hostname,
        published_at=_published(data),
        lang=_language(data, document.language),
        title=document.title,
        url=document.url,
    )


def read_feed(data: bytes | str) -> list[Found]:
    """The entries of an RSS or Atom feed, each with the longest text it carries; InputError where it is no feed."""
    import feedparser

    _check_size(data, loc="feed", most_chars=10_000_000, most_tags=400_000)
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "replace")
    if b"<!ENTITY" in raw:
        raise InputError(
            "the feed declares entities of its own, which are not read; send it without <!ENTITY …>", loc=("feed",)
        )
    feed: Any = feedparser.parse(raw)
    if not feed.get("version"):
        raise InputError("this is neither RSS nor Atom, nor an HTML page")
    if len(feed.entries) > _MAX_ENTRIES:
        raise TooLarge(f"the feed has {len(feed.entries):,} entries, {_MAX_ENTRIES:,} may be; split it")
    return [_entry(entry, feed.feed) for entry in feed.entries]


def html_text(html: str) -> str:
    """The text of a piece of HTML, a paragraph a block."""
    from lxml import etree
    from lxml import html as parser

    _check_size(html)
    try:
        tree = parser.fragment_fromstring(html, create_parent="div")
    except (etree.LxmlError, ValueError) as error:
        raise InputError(f"the body cannot be read as HTML: {error}", loc=("html",)) from error
    return _paragraphs("".join(_pieces(tree)))


def _pieces(tree: Any) -> Iterator[str]:  # noqa: ANN401
    """Text and line breaks of a tree in order, without recursion: markup may be nested as deep as it likes."""
    from lxml import etree

    skipped = 0
    for event, node in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event == "comment" or event == "pi":
            yield "" if skipped else node.tail or ""
            continue
        hidden = node.tag in _SKIPPED
        if event == "start":
            skipped += hidden
            if not skipped:
                yield ("\n" if node.tag in _BLOCKS else "") + _SPACES.sub(" ", node.text or "")
        else:
            skipped -= hidden
            if not skipped:
                yield ("\n" if node.tag in _BLOCKS else "") + (_SPACES.sub(" ", node.tail or "") if node is not tree else "")


def _entry(entry: Any, feed: Any) -> Found:  # noqa: ANN401
    bodies = [c.value for c in entry.get("content", ())] + [entry.get("summary", "")]
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    published = datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat() if parsed else None
    lang = feed.get("language")
    return Found(
        text=html_text(max(bodies, key=len)) if any(bodies) else "",
        publisher=entry.get("source", {}).get("title") or feed.get("title"),
        published_at=published,
        lang=lang if language.is_known(lang) else None,
        title=entry.get("title"),
        url=entry.get("link"),
        external_id=entry.get("id"),
    )


def _check_size(data: bytes | str, *, loc: str = "html", most_chars: int = _MAX_CHARS, most_tags: int = _MAX_TAGS) -> None:
    if not data.strip():
        raise EmptyText("the page is empty or white space; send the page", loc=(loc,))
    if len(data) > most_chars:
        raise TooLarge(f"the page has {len(data):,} bytes, {most_chars:,} may be", loc=(loc,))
    tags = data.count("<") if isinstance(data, str) else data.count(b"<")
    if tags > most_tags:
        raise TooLarge(f"the page has {tags:,} tags, {most_tags:,} may be", loc=(loc,))


def _language(data: bytes | str, told: str | None) -> str | None:
    head = data[:5000] if isinstance(data, str) else data[:5000].decode("latin-1")
    found = re.search(r"<html[^>]{0,500}?\blang\s*=\s*[\"']?([\w-]{2,20})", head, re.IGNORECASE)
    tag = found[1] if found else told
    return tag if language.is_known(tag) else None


def _published(data: bytes | str) -> str | None:
    """When the page says it was published, with the time of day where it states one; htmldate knows the day alone."""
    import htmldate
    from lxml import etree, html

    try:
        tree = html.document_fromstring(data)
    except (ValueError, etree.LxmlError):
        return None
    text = data if isinstance(data, str) else data.decode("latin-1")
    for value in [value for path in _PUBLISHED for value in tree.xpath(path)] + _JSON_DATE.findall(text):
        if moment := _iso(value):
            return moment
    # Without the extensive search, which takes any date in the text: that is the event's as often as the article's.
    day = htmldate.find_date(tree, original_date=True, extensive_search=False)
    # Any <time> may be of another article: it only adds the time of day to a day that is known.
    times = [_iso(value) for value in tree.xpath("//time/@datetime")[:50]]
    return next((moment for moment in times if moment and day and moment.startswith(day)), day)


def _iso(value: object) -> str | None:
    try:
        return datetime.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        return None


def _paragraphs(text: str) -> str:
    return "\n\n".join(line.strip() for line in text.splitlines() if line.strip())

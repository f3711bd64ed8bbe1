"""Turns what a client sends as an article into a submission, whatever container it came in."""

from datetime import UTC, datetime

from service.api.schemas import ArticleIn
from service.errors import EmptyText, InputError, TooLarge
from service.ingest import fetch, formats, markup, ninjs
from service.ingest.found import Found
from service.records import Submission
from service.settings import Settings

Loc = tuple[str | int, ...]

_CONTAINERS = ("text", "html", "ninjs", "fetch_url")


def submission_of(article: ArticleIn, settings: Settings, *, loc: Loc = ("body",)) -> Submission:
    """Return the article as it can be stored; `loc` is where it stands in the request.

    A page is fetched here, which takes seconds. Raises InputError for none or several of `text`, `html`, `ninjs` and
    `fetch_url`, for a publisher or a time that neither the client nor the page names, and for texts that are empty or too long.
    """
    given = [name for name in _CONTAINERS if getattr(article, name) is not None]
    if len(given) != 1:
        came = " and ".join(given) or "none of them"
        raise InputError(f"send one of text, html, ninjs or fetch_url; {came} came", loc=loc)
    where = (*loc, given[0])
    try:
        found = _found(article, settings)
    except InputError as error:
        error.loc = (*loc, *error.loc) if error.loc else where
        raise
    check_text(found.text, settings, loc=where)
    own = article.model_dump(include={"publisher", "lang", "title", "url", "external_id"})
    moment = article.published_at.isoformat() if article.published_at else None
    submission = formats.finish(found.overridden(published_at=moment, **own), formats.Given(), datetime.now(UTC), loc=loc)
    for name in submission.assumed:
        raise InputError(f"{name} is missing, and the {given[0]} does not say it", loc=(*loc, name))
    return submission


def check_text(text: str, settings: Settings, *, loc: Loc) -> None:
    """Raise EmptyText or TooLarge for a text that cannot be an article."""
    if not text.strip():
        raise EmptyText(f"{loc[-1]} is empty or white space; send the article's text", loc=loc)
    most = settings.limits.max_text_chars
    if len(text) > most:
        raise TooLarge(f"{loc[-1]} has {len(text):,} characters, {most:,} may be; send a shorter text", loc=loc)


def _found(article: ArticleIn, settings: Settings) -> Found:
    if article.text is not None:
        return Found(article.text)
    if article.html is not None:
        if not article.html.strip():
            raise EmptyText("html is empty or white space; send the page", loc=("html",))
        return markup.read_html(article.html)
    if article.fetch_url is not None:
        return _fetched(article.fetch_url, settings)
    return ninjs.read(article.ninjs)


def _fetched(url: str, settings: Settings) -> Found:
    page = fetch.fetch(url, allow_private=settings.allow_private_urls)
    items = formats.read(page.data, content_type=page.content_type, given=formats.Given(url=page.url))
    if len(items) != 1:
        raise InputError(f"{page.url} holds {len(items)} articles; send the address of one", loc=("fetch_url",))
    [item] = items
    if isinstance(item, InputError):
        item.loc = ("fetch_url",)
        raise item
    return Found(
        text=item.text,
        publisher=None if "publisher" in item.assumed else item.publisher,
        published_at=None if "published_at" in item.assumed else item.published_at.isoformat(),
        lang=item.lang,
        title=item.title,
        url=item.url,
        external_id=item.external_id,
    )

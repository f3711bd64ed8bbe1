"""IPTC ninjs, versions 1 to 3: the news exchange format in JSON (https://iptc.org/std/ninjs/).

Version 1 has `headline` and one `body_…` a format, version 2 lists `headlines` and `bodies`, version 3 writes the names in
camel case. All are read alike here: by their names in lower case.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from service.errors import EmptyText, InputError
from service.ingest import language
from service.ingest.found import Found
from service.ingest.markup import html_text

_NO_TEXT = ("picture", "graphic", "video", "audio", "planning", "event")
_BODY_ORDER = ("main", "body", "")


def looks_like(raw: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a ninjs item: it has a uri and a body of that standard."""
    return "uri" in raw and any(name == "bodies" or name.startswith("body_") for name in raw)


def read(raw: Any) -> Found:  # noqa: ANN401
    """The article of a ninjs item; InputError where it is none or was withdrawn, EmptyText where it has no body."""
    if not isinstance(raw, dict):
        raise InputError(f"ninjs is {type(raw).__name__}, not an object", loc=("ninjs",))
    item = _lower(raw)
    if (kind := _string(item, "type")) in _NO_TEXT:
        raise InputError(f"the ninjs item is of type {kind}, which is no article; send its text items", loc=("ninjs", "type"))
    if (status := _string(item, "pubstatus")) in ("canceled", "withheld"):
        raise InputError(f"the ninjs item is {status} by its publisher; leave it out", loc=("ninjs", "pubstatus"))
    text = _body(item)
    if not text.strip():
        raise EmptyText("the ninjs item has no body text", loc=("ninjs", "bodies"))
    uri, lang = _string(item, "uri"), _string(item, "language")
    return Found(
        text=text,
        publisher=_publisher(item),
        published_at=_string(item, "firstpublished", "versioncreated", "contentcreated", "firstcreated", "contentmodified"),
        lang=lang if language.is_known(lang) else None,
        title=_headline(item),
        url=uri if uri and uri.startswith(("http://", "https://")) else None,
        external_id=uri,
    )


def _body(item: Mapping[str, Any]) -> str:
    """The body as text; a plain one before a marked-up one, since nothing can be lost in it."""
    if plain := _string(item, "body_text"):
        return plain
    listed = sorted(_objects(item, "bodies"), key=_body_rank)
    if listed:
        value = str(listed[0]["value"])
        return html_text(value) if _is_markup(listed[0]) else value
    marked = next((name for name in sorted(item) if name.startswith("body_") and _string(item, name)), None)
    return html_text(item[marked]) if marked else ""


def _body_rank(body: Mapping[str, Any]) -> tuple[int, bool]:
    role = _string(body, "role") or ""
    return _BODY_ORDER.index(role) if role in _BODY_ORDER else len(_BODY_ORDER), _is_markup(body)


def _is_markup(body: Mapping[str, Any]) -> bool:
    return "html" in (_string(body, "contenttype") or "") or "xml" in (_string(body, "contenttype") or "")


def _headline(item: Mapping[str, Any]) -> str | None:
    named = [_string(item, name) for name in ("headline", *sorted(n for n in item if n.startswith("headline_")))]
    listed = [_string(headline, "value") for headline in _objects(item, "headlines")]
    return next((headline for headline in [*named, *listed, _string(item, "title")] if headline), None)


def _publisher(item: Mapping[str, Any]) -> str | None:
    named = [_string(item, name) for name in ("publisher", "source")]
    listed = [_string(source, "name") for name in ("infosources", "infosource") for source in _objects(item, name, key="name")]
    return next((name for name in [*named, *listed, _string(item, "copyrightholder")] if name), None)


def _objects(item: Mapping[str, Any], name: str, *, key: str = "value") -> Iterator[dict[str, Any]]:
    """The objects of a list that have a string under the key; a lone object counts as a list of one."""
    listed = item.get(name)
    for entry in listed if isinstance(listed, list) else [listed]:
        if isinstance(entry, dict) and _string(lowered := _lower(entry), key):
            yield lowered


def _lower(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in raw.items()}


def _string(item: Mapping[str, Any], *names: str) -> str | None:
    return next((str(item[n]) for n in names if isinstance(item.get(n), str) and item[n].strip()), None)

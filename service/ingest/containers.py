"""What container some bytes are in, by their name, their content type or themselves; and their text."""

import codecs
import re
from pathlib import PurePath
from typing import Literal

from service.errors import BinaryInput, EmptyText, UnknownFormat

Kind = Literal["text", "html", "json", "jsonl", "feed"]
_MEDIA: dict[str, Kind] = {
    "text/plain": "text",
    "text/markdown": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/xml": "feed",
    "text/xml": "feed",
}
_SUFFIXES: dict[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".json": "json",
    ".ninjs": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
}
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded")
_JSON_START = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[{\]])")
_MARKUP_START = re.compile(
    r"\s*(?:<!--.{0,300}?-->\s*)?<(!doctype html|html|head|body|article|\?xml|rss|feed|rdf)", re.IGNORECASE | re.DOTALL
)


def kind_of(data: bytes | str, *, filename: str | None = None, content_type: str | None = None) -> Kind:
    """The container: by content type, else by the file's suffix, else by how the data begins. UnknownFormat for other types."""
    media = (content_type or "").split(";")[0].strip().lower()
    if media in _MEDIA:
        return _MEDIA[media]
    if media.endswith("+json"):
        return "json"
    if media not in _UNTOLD:
        raise UnknownFormat(f"content type {media!r:.80} is not read; send one of {', '.join(_MEDIA)}")
    return _SUFFIXES.get(PurePath(filename or "").suffix.lower()) or _guess(data)


def charset_of(content_type: str | None) -> str | None:
    """The charset parameter of a content type, where Python knows it."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type or "", re.IGNORECASE)
    try:
        return codecs.lookup(found[1]).name if found else None
    except LookupError:
        return None


def decode(data: bytes | str, *, name: str = "the input", charset: str | None = None) -> str:
    """The text of bytes in the charset, by default UTF-8 or, by its mark, UTF-16.

    BinaryInput says where it stops being text, EmptyText that it is white space alone.
    """
    if isinstance(data, bytes):
        encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else charset or "utf-8-sig"
        try:
            data = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            read_as = encoding.removesuffix("-sig").upper()
            raise BinaryInput(
                f"{name} is not {read_as} text: byte {error.start} is no part of it; convert it to UTF-8"
            ) from error
    if (at := data.find("\0")) >= 0:
        raise BinaryInput(f"{name} holds a NUL character at position {at}; it is not text")
    if not data.strip():
        raise EmptyText(f"{name} is empty or white space; send the article's text", loc=("text",))
    return data


def _guess(data: bytes | str) -> Kind:
    head = data[:4000] if isinstance(data, str) else data[:4000].decode("utf-8", errors="ignore")
    head = head.lstrip("\ufeff")
    if markup := _MARKUP_START.match(head):
        word = markup[1].lower()
        return "feed" if word in ("rss", "feed", "rdf") or (word == "?xml" and "<html" not in head.lower()) else "html"
    if _JSON_START.match(head):
        return "jsonl" if _has_lines(data) else "json"
    return "text"


def _has_lines(data: bytes | str) -> bool:
    """Whether the first line is an object by itself and others follow."""
    first, _, rest = data.strip().partition("\n") if isinstance(data, str) else _latin(data).partition("\n")
    first = first.strip()
    return first.startswith("{") and first.endswith("}") and bool(rest.strip())


def _latin(data: bytes) -> str:
    """The bytes as characters one to one: line ends and braces are the same in UTF-8."""
    return data.strip().decode("latin-1")

"""Reads forms as browsers send them: application/x-www-form-urlencoded."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

from service.errors import InputError, UnknownFormat

MAX_FIELDS = 100

_TYPE = "application/x-www-form-urlencoded"


class Form:
    """The fields of a form; a field that did not come is empty."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def get(self, name: str) -> str:
        """Return a field as it was typed, with the line ends of this system."""
        return self._fields.get(name, [""])[-1].replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """Return every value of a field."""
        return list(self._fields.get(name, []))

    def items(self) -> list[tuple[str, str]]:
        """Return each field with each of its values."""
        return [(name, value) for name, values in self._fields.items() for value in values]


async def read_form(request: Request) -> Form:
    """Return the form of a request, read once; raises UnknownFormat for another content type and InputError for no form."""
    known: Form | None = getattr(request.state, "form", None)
    if known is not None:
        return known
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if body and given != _TYPE:
        raise UnknownFormat(f"the content type is {given[:60]!r}; send {_TYPE}", loc=("header", "Content-Type"))
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InputError(f"the form cannot be read: {error}; send it again from the page", loc=("body",)) from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    request.state.form = form = Form(fields)
    return form

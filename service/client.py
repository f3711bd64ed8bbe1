"""A client of the HTTP API for Python programs: typed, with or without asyncio, over httpx2.

    with Client("http://127.0.0.1:8321", key="ck_…") as client:
        client.add_article({"publisher": "Coast Herald", "published_at": "2022-02-14T18:40:00Z", "text": "…"}, wait_s=30)
        for contradiction in client.contradictions(status=["suggested"]):
            print(contradiction["explanation"])

Answers are the JSON of the API as dictionaries. What the server refuses is raised as ServerProblem; 429 and 503 are tried again
after the time that the server names.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from service.errors import CounterclaimError, Unavailable

Json = dict[str, Any]
TIMEOUT_S = 120.0
TRIES = 4
_AGAIN = (429, 503)
_LONGEST_PAUSE_S = 60.0


class ServerProblem(CounterclaimError):
    """The server answered with a problem (RFC 9457); `status`, `title` and `errors` are the server's."""

    def __init__(self, status: int, title: str, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(f"the server answers {status}, {title}: {detail}")
        self.status, self.title, self.errors = status, title, tuple(errors)


class Client:
    """Calls a server; use it in a `with` block, or close it. Raises ServerProblem, or Unavailable where nobody answers."""

    def __init__(
        self, url: str, *, key: str | None = None, timeout_s: float = TIMEOUT_S, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._http = httpx2.Client(base_url=url, headers=_headers(key), timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Return the JSON of one call, None where there is none."""
        for left in range(TRIES - 1, -1, -1):
            try:
                answer = self._http.request(method, path, json=body, params=_query(query))
            except httpx2.HTTPError as error:
                raise _unreachable(self._http.base_url, error) from error
            if answer.status_code not in _AGAIN or not left:
                break
            time.sleep(_pause_s(answer))
        return _read(answer)

    def add_article(self, article: Mapping[str, Any], *, wait_s: float = 0) -> Json:
        """Return the stored article; with `wait_s`, with the claims and contradictions found in it."""
        return _object(self.call("POST", "/v1/articles", body=dict(article), query={"wait": wait_s or None}))

    def check(self, draft: Mapping[str, Any]) -> list[Json]:
        """Return each claim of a draft (`text`, or `claims`) with what supports and what contradicts it."""
        return list(_object(self.call("POST", "/v1/check", body=dict(draft)))["claims"])

    def contradictions(self, **filters: Any) -> Iterator[Json]:  # noqa: ANN401 - the query of GET /v1/contradictions
        """Yield every contradiction that passes the filters, a page at a time."""
        yield from self.pages("/v1/contradictions", **filters)

    def claims(self, **filters: Any) -> Iterator[Json]:  # noqa: ANN401 - the query of GET /v1/claims
        """Yield every claim that passes the filters."""
        yield from self.pages("/v1/claims", **filters)

    def pages(self, path: str, **query: Any) -> Iterator[Json]:  # noqa: ANN401
        """Yield the items of all pages of a list."""
        cursor: str | None = None
        while True:
            page = _object(self.call("GET", path, query={"limit": 200, **query, "cursor": cursor}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def review(self, contradiction_id: str, *, status: str, note: str = "") -> Json:
        """Return the contradiction after a word on it."""
        return _object(self.call("PATCH", f"/v1/contradictions/{contradiction_id}", body={"status": status, "note": note}))

    def nli(self, pairs: Sequence[tuple[str, str]]) -> list[Json]:
        """Return label and probabilities of each pair of premise and hypothesis, in order."""
        return list(_object(self.call("POST", "/v1/nli", body=_pairs(pairs)))["results"])


class AsyncClient:
    """The same for asyncio; use it in an `async with` block."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout_s: float = TIMEOUT_S,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx2.AsyncClient(base_url=url, headers=_headers(key), timeout=timeout_s, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Return the JSON of one call, None where there is none."""
        for left in range(TRIES - 1, -1, -1):
            try:
                answer = await self._http.request(method, path, json=body, params=_query(query))
            except httpx2.HTTPError as error:
                raise _unreachable(self._http.base_url, error) from error
            if answer.status_code not in _AGAIN or not left:
                break
            await asyncio.sleep(_pause_s(answer))
        return _read(answer)

    async def add_article(self, article: Mapping[str, Any], *, wait_s: float = 0) -> Json:
        """Return the stored article; with `wait_s`, with the claims and contradictions found in it."""
        return _object(await self.call("POST", "/v1/articles", body=dict(article), query={"wait": wait_s or None}))

    async def check(self, draft: Mapping[str, Any]) -> list[Json]:
        """Return each claim of a draft (`text`, or `claims`) with what supports and what contradicts it."""
        return list(_object(await self.call("POST", "/v1/check", body=dict(draft)))["claims"])

    async def contradictions(self, **filters: Any) -> AsyncIterator[Json]:  # noqa: ANN401
        """Yield every contradiction that passes the filters, a page at a time."""
        cursor: str | None = None
        while True:
            query = {"limit": 200, **filters, "cursor": cursor}
            page = _object(await self.call("GET", "/v1/contradictions", query=query))
            for item in page["items"]:
                yield item
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def nli(self, pairs: Sequence[tuple[str, str]]) -> list[Json]:
        """Return label and probabilities of each pair of premise and hypothesis, in order."""
        return list(_object(await self.call("POST", "/v1/nli", body=_pairs(pairs)))["results"])


def _headers(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _query(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (query or {}).items() if value is not None}


def _pairs(pairs: Sequence[tuple[str, str]]) -> Json:
    return {"pairs": [{"premise": premise, "hypothesis": hypothesis} for premise, hypothesis in pairs]}


def _pause_s(answer: httpx2.Response) -> float:
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_PAUSE_S) if asked.isdecimal() else 1.0


def _read(answer: httpx2.Response) -> Any:  # noqa: ANN401
    try:
        found = answer.json() if answer.content else None
    except ValueError:
        found = {"detail": answer.text[:200]}
    if answer.status_code < 400:
        return found
    problem = found if isinstance(found, dict) else {}
    raise ServerProblem(
        answer.status_code, problem.get("title", "an error"), problem.get("detail", ""), problem.get("errors", ())
    )


def _object(found: Any) -> Json:  # noqa: ANN401
    if not isinstance(found, dict):
        raise ServerProblem(200, "an unexpected answer", f"a JSON object was expected, {type(found).__name__} came")
    return found


def _unreachable(url: httpx2.URL, error: Exception) -> Unavailable:
    return Unavailable(f"{url} cannot be reached: {error or type(error).__name__}; is `counterclaim serve` running there?")

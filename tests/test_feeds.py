"""Feeds, polled from a server on the loopback address on a clock that the test moves."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from service.errors import InputError
from service.feeds import HOST_PAUSE_S, LONGEST_PAUSE_S, Feeds, Polled
from service.ingest.formats import Given
from tests.test_cli import Run, db, run  # noqa: F401 - fixtures

RSS = (
    """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title><language>en</language>{}</channel></rss>"""
)
ENTRY = """<item><guid>{n}</guid><title>Boats {n}</title><pubDate>Sat, 10 Feb 2024 09:30:00 GMT</pubDate>
<description>There are {n}00 boats in the old harbour, the harbour board said on Saturday.</description></item>"""


class Site:
    """What a server answers, and what it was asked."""

    def __init__(self) -> None:
        self.entries = 1
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.url = ""

    @property
    def etag(self) -> str:
        return f'"{self.entries}"'


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match = self.headers["If-None-Match"]
            found.asked.append((self.path, match, self.headers["If-Modified-Since"]))
            same = found.status == 200 and match == found.etag
            body = b"" if same else RSS.format("".join(ENTRY.format(n=n + 1) for n in range(found.entries))).encode()
            self.send_response(304 if same else found.status)
            own = {"ETag": found.etag, "Last-Modified": "Sat, 10 Feb 2024 09:30:00 GMT", "Content-Type": "text/xml"}
            for name, value in {**own, **found.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


class Now:
    s = 1_000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def now() -> Now:
    return Now()


def feeds(now: Now, *urls: str, **options: Any) -> Feeds:
    made = {"interval_s": 300.0, "given": Given(), "allow_private": True, "chance": lambda: 0.5, **options}
    return Feeds(urls, now=now, **made)


def next_poll(polling: Feeds, now: Now) -> Polled:
    while True:
        wait_s = polling.wait_s()
        assert wait_s is not None
        now.s += wait_s
        polled = polling.poll()
        if polled is not None:
            return polled


def test_a_feed_is_fetched_again_only_if_it_changed(site: Site, now: Now) -> None:
    polling = feeds(now, f"{site.url}/rss")
    first = next_poll(polling, now)
    [item] = first.items
    assert not isinstance(item, InputError)
    assert (item.publisher, item.external_id, item.lang) == ("Harbour Post", f"{site.url}/rss#1", "en")
    assert polling.wait_s() == 300
    assert (next_poll(polling, now).changed, site.asked[1][1]) == (False, '"1"')
    assert site.asked[1][2] == "Sat, 10 Feb 2024 09:30:00 GMT"
    site.entries = 2
    assert len(next_poll(polling, now).items) == 2


def test_one_host_is_asked_once_a_second(site: Site, now: Now) -> None:
    polling = feeds(now, f"{site.url}/a", f"{site.url}/b", f"{site.url}/a")
    assert polling.poll() is not None
    assert polling.poll() is None
    assert polling.wait_s() == HOST_PAUSE_S
    next_poll(polling, now)
    assert [path for path, *_ in site.asked] == ["/a", "/b"]


def test_a_feed_in_trouble_is_asked_less_and_less(site: Site, now: Now) -> None:
    site.status = 500
    polling = feeds(now, f"{site.url}/rss")
    pauses = [next_poll(polling, now).next_s for _ in range(12)]
    assert pauses[:3] == [600, 1_200, 2_400]
    assert pauses[-1] == LONGEST_PAUSE_S
    site.status = 200
    assert next_poll(polling, now).next_s == 300


@pytest.mark.parametrize(
    ("status", "after", "pause"), [(429, "7200", 7_200), (503, "1", 600), (404, "x", 600), (410, "", None)]
)
def test_what_the_server_asks_for_is_heeded(site: Site, now: Now, status: int, after: str, pause: float | None) -> None:
    site.status, site.headers = status, {"Retry-After": after}
    polling = feeds(now, f"{site.url}/rss")
    polled = next_poll(polling, now)
    assert (polled.next_s, f"status {status}" in str(polled.error)) == (pause, True)
    assert (polling.wait_s() is None) == (pause is None)


def test_a_private_feed_is_refused_unless_allowed(site: Site, now: Now) -> None:
    polled = next_poll(feeds(now, f"{site.url}/rss", allow_private=False), now)
    assert "not on the open internet" in str(polled.error)
    assert site.asked == []


def test_the_command_takes_in_what_is_new(run: Run, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # noqa: F811
    url = f"{site.url}/rss"
    assert run("watch", url, "--once").code == 1
    monkeypatch.setenv("COUNTERCLAIM_ALLOW_PRIVATE_URLS", "true")
    done = run("watch", url, "--once")
    assert (done.code, f"{url}: 1 entries, 1 new" in done.err) == (0, True)
    site.entries = 2
    assert f"{url}: 2 entries, 1 new" in run("watch", url, "--once").err
    exported = run("export", "articles").out.splitlines()
    assert len(exported) == 2
    assert all('"state": "processed"' in line for line in exported)
    assert run("watch", url, "--interval", "5").code == 2

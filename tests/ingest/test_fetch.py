import gzip
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.errors import InputError, TooLarge
from service.ingest import formats
from service.ingest.addresses import is_public, resolve
from service.ingest.fetch import Limits, fetch

PAGE = b"<html><body><article><p>The ferry will be sold to Malta, the harbour board said on Monday.</p></article></body></html>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, self.headers["Host"]))
        name, _, rest = self.path.strip("/").partition("/")
        {"page": self.page, "to": self.moved, "drip": self.drip, "bomb": self.bomb, "packed": self.packed}.get(
            name, self.missing
        )(rest)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for key, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def page(self, _):
        self.answer(200, PAGE, content_type="text/html; charset=utf-8")

    def moved(self, rest):
        self.answer(302, location=rest if "://" in rest else f"/{rest}")

    def missing(self, _):
        self.answer(404, b"no")

    def packed(self, _):
        self.answer(200, gzip.compress(PAGE), content_type="text/html", content_encoding="gzip")

    def bomb(self, rest):
        self.answer(200, gzip.compress(b"0" * 30_000_000), content_encoding=rest or "gzip")

    def drip(self, _):
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        try:
            while not self.server.stopped.wait(0.05):
                self.wfile.write(b"x")
        except OSError:
            return

    def log_message(self, *_):
        return


@pytest.fixture(scope="module")
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.stopped, server.daemon_threads = [], threading.Event(), True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


def at(server, path, host="127.0.0.1"):
    return f"http://{host}:{server.server_port}/{path}"


def to_loopback(_host, _port):
    return ["127.0.0.1"]


def test_a_page_comes_with_its_type_and_reads_as_an_article(server):
    got = fetch(at(server, "page"), allow_private=True)
    assert (got.data, got.content_type, got.url) == (PAGE, "text/html; charset=utf-8", at(server, "page"))
    [item] = formats.read(got.data, content_type=got.content_type, given=formats.Given(publisher="Post", url=got.url))
    assert (item.publisher, item.url) == ("Post", got.url)


def test_a_packed_page_is_unpacked(server):
    assert fetch(at(server, "packed"), allow_private=True).data == PAGE


def test_redirects_are_followed_to_where_they_end(server):
    assert fetch(at(server, "to/to/page"), allow_private=True).url == at(server, "page")
    with pytest.raises(InputError, match="redirects more than 1 times"):
        fetch(at(server, "to/to/page"), allow_private=True, limits=Limits(max_redirects=1))


def test_the_name_is_resolved_once_and_the_connection_goes_to_that_address(server):
    asked = []

    def resolver(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    fetch(at(server, "page", host="news.example"), allow_private=True, resolver=resolver)
    assert asked == ["news.example"]
    assert server.seen[-1] == ("/page", f"news.example:{server.server_port}")


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::1"], ["93.184.215.14", "10.0.0.7"], ["169.254.169.254"], ["::ffff:127.0.0.1"]]
)
def test_a_name_with_any_address_in_the_network_is_refused_before_a_byte_is_sent(server, addresses):
    before = len(server.seen)
    with pytest.raises(InputError, match="not on the open internet"):
        fetch(at(server, "page", host="news.example"), resolver=lambda _host, _port: addresses)
    assert len(server.seen) == before


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_loopback_in_any_spelling_is_refused(server, host):
    with pytest.raises(InputError):
        fetch(at(server, "page", host=host))


def test_a_redirect_into_the_network_is_refused(server, monkeypatch):
    # The test's own server has to pass for a public one; all other addresses are judged by the same rule as ever.
    monkeypatch.setattr("service.ingest.pinned.is_public", lambda address: address == "127.0.0.1" or is_public(address))
    places = {"news.example": ["127.0.0.1"], "inner.example": ["10.0.0.7"]}
    before = len(server.seen)
    with pytest.raises(InputError, match=r"inner\.example stands for 10\.0\.0\.7"):
        fetch(at(server, "to/http://inner.example/secret", host="news.example"), resolver=lambda host, _port: places[host])
    assert len(server.seen) == before + 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "not http"),
        ("ftp://news.example/a", "not http"),
        ("gopher://news.example", "not http"),
        ("//news.example/a", "not http"),
        ("http://", "no host"),
        ("https://me:secret@news.example/", "name or password"),
        ("http://news.example/" + "a" * 3000, "too long"),
        ("http://news.example:99999/", "no address"),
        ("http://[::1", "no address"),
        ("", "not http"),
    ],
)
def test_addresses_that_are_not_fetched(url, words):
    with pytest.raises(InputError, match=words):
        fetch(url, resolver=to_loopback, allow_private=True)


def test_a_redirect_to_another_scheme_is_refused(server):
    with pytest.raises(InputError, match="not http"):
        fetch(at(server, "to/file:///etc/passwd"), allow_private=True)


@pytest.mark.parametrize("path", ["page", "bomb", "bomb/deflate"])
def test_a_body_over_the_limit_is_too_large_however_small_it_was_packed(server, path):
    with pytest.raises((TooLarge, InputError)) as caught:
        fetch(at(server, path), allow_private=True, limits=Limits(max_bytes=100))
    assert "more than 100 bytes" in caught.value.message


def test_a_packing_that_was_not_asked_for_is_refused(server):
    with pytest.raises(InputError, match="'br'"):
        fetch(at(server, "bomb/br"), allow_private=True)


def test_a_server_that_drips_is_given_up_at_the_deadline(server):
    started = time.monotonic()
    with pytest.raises(InputError, match=r"did not answer within 0\.4 s"):
        fetch(at(server, "drip"), allow_private=True, limits=Limits(timeout_s=0.4))
    assert time.monotonic() - started < 5


def test_no_page_and_no_server_are_told(server):
    with pytest.raises(InputError, match="status 404"):
        fetch(at(server, "nothing"), allow_private=True)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(InputError, match="cannot be fetched"):
            fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/", allow_private=True)


def no_such_host(host, _port):
    raise socket.gaierror(-2, f"{host} is not known")


def test_a_host_without_an_address_is_told():
    with pytest.raises(InputError, match="is not known"):
        fetch("http://news.example/", resolver=no_such_host)


def test_the_system_resolves_loopback():
    assert set(resolve("localhost", 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
        "0.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
        "fe80::1%eth0",
        "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:93.184.215.14", "64:ff9b::a00:1", "2002:a00:1::",
        "2001:0:a00:1::", "2001:db8::1", "news.example", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "100.63.255.255", "100.128.0.1", "2606:4700:4700::1111"])
def test_addresses_that_are_public(address):
    assert is_public(address)

"""Whatever an address, a proxy or a redirect is, a sentence comes of it; a busy server is asked again."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from download_server import BODY, SHA256, Handler, Server
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tuilab.errors import MissingError
from tuilab.sources import downloads, web
from tuilab.sources.downloads import fetch
from tuilab.terminal import clean

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look up nothing but this machine, in the way in which names are looked up."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        encoded = host.encode("idna") if isinstance(host, str) else host
        if encoded != b"127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(web, "TIMEOUT", 0.5)
    for name in (*PROXIES, *map(str.lower, PROXIES)):
        monkeypatch.delenv(name, raising=False)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=90)
PARTS = st.sampled_from(
    (
        *("http://", "https://", "socks5://", "a", ".", "..", "a" * 70, ":", "@", "[", "]", "[::1]", "/"),
        *("%", "\u00fc", "\u2100", "99999", "-1", " ", "\t", "\udce9", "127.0.0.1", "1", "user:secret@"),
        *("?", "#", "\x7f"),
    )
)
ADDRESSES = TEXTS | st.lists(PARTS, max_size=6).map("".join)


@pytest.mark.parametrize("scheme", ["https", "http"])
@given(address=ADDRESSES)
@example("http://.:80")
@example("http://" + "a" * 70 + ":80")
@example("http://\u00fc\u00fc..:80")
@example("http://127.0.0.1:99999")
@example("http://127.0.0.1:\u0661")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_proxys_address_ends_in_a_sentence(scheme: str, address: str) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(web.NoAnswer) as caught:
        patch.setenv(f"{scheme}_proxy", address)
        web.open_url(f"{scheme}://127.0.0.1:1/file")
    assert caught.value.why == clean(caught.value.why) != ""


def test_a_proxy_that_cannot_be_one_is_named_with_its_setting(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address, words in (
        ("http://user:secret@a..b:80", "the proxy 'a..b:80' that HTTPS_PROXY names has an invalid address"),
        ("http://user:secret/part@a:80", "(write a / in its name or password as %2F)"),
        ("socks5://127.0.0.1:1", "the proxy '127.0.0.1:1' that HTTPS_PROXY names is of an unsupported kind"),
        ("http://nowhere:80", "the name of the proxy nowhere:80 could not be looked up"),
        ("http://127.0.0.1:1", "the proxy 127.0.0.1:1 refused the connection"),
    ):
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(MissingError) as caught:
            fetch("https://example.org/x", target, sha256=SHA256, what="a file", remedies=("use a copy",))
        assert words in caught.value.sentence and caught.value.exit_code == 3
        assert caught.value.remedies == ("use a copy",) and "secret" not in caught.value.sentence


@pytest.fixture
def redirecting(server: Server) -> Server:
    """A server that sends everybody on to ``server.to``."""

    class Elsewhere(Handler):
        def do_GET(self) -> None:
            self.send_response_only(302)
            self._headers_buffer.append(b"Location: " + server.to + b"\r\n")  # type: ignore[attr-defined]
            self.end_headers()

    server.RequestHandlerClass = Elsewhere
    return server


HEADER = st.binary(max_size=60).map(lambda b: b.translate(None, b"\r\n"))
LOCATIONS = HEADER | st.lists(PARTS, max_size=6).map("".join).map(
    lambda s: s.encode("utf-8", "surrogateescape")
)


@given(location=LOCATIONS.map(lambda b: b.translate(None, b"\r\n")))
@example(b"http://[::1")
@example(b"http://a..b/")
@example(b"http://127.0.0.1:99999999999/")
@example(b"/\xff\x00\x80")
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_redirect_ends_in_a_sentence(redirecting: Server, location: bytes) -> None:
    redirecting.to = location  # type: ignore[attr-defined]
    with pytest.raises(web.NoAnswer) as caught:
        web.open_url(redirecting.url)
    assert caught.value.why == clean(caught.value.why) != ""


def test_a_circle_of_redirects_is_said_so(redirecting: Server, target: Path) -> None:
    redirecting.to = redirecting.url.encode()  # type: ignore[attr-defined]
    with pytest.raises(MissingError, match="it redirects too many times"):
        fetch(redirecting.url, target, sha256=SHA256, what="a file")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[socketserver.TCPServer]:
    """A proxy that answers every request with ``server.answer``."""

    class Refusing(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.server.asked += 1  # type: ignore[attr-defined]
            self.wfile.write(b"HTTP/1.1 " + self.server.answer + b"\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing) as proxy:
        proxy.asked = 0  # type: ignore[attr-defined]
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://me:secret@127.0.0.1:{proxy.server_address[1]}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("HTTP_PROXY", address)
        yield proxy
        proxy.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "asked"), [("407 Proxy Authentication Required", 1), ("403 Forbidden", 1), ("503 Busy", 4)]
)
def test_a_proxys_refusal_is_told_as_the_proxys(proxy: Any, target: Path, answer: str, asked: int) -> None:
    proxy.answer = answer.encode()
    with pytest.raises(MissingError) as caught:
        fetch("https://example.org/file", target, sha256=SHA256, what="a file")
    place = f"127.0.0.1:{proxy.server_address[1]}"
    assert f"the proxy {place} refused: {answer}" in caught.value.sentence and proxy.asked == asked
    assert "the server" not in caught.value.sentence and "secret" not in caught.value.sentence
    with pytest.raises(MissingError) as caught:
        fetch("http://example.org/file", target, sha256=SHA256, what="a file")
    assert f"the proxy {place}" in caught.value.sentence


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_and_the_file_arrives(server: Server, target: Path, status: int) -> None:
    server.busy = [status, status]
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked == [None] * 3 and target.read_bytes() == BODY


def test_a_server_that_stays_busy_is_given_up_and_said_so(server: Server, target: Path) -> None:
    server.busy = [503] * 9
    with pytest.raises(MissingError, match=r"the server answered 503 Service Unavailable .tried 4 times"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert len(server.asked) == downloads.TRIES


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_refusal_that_stays_is_not_asked_again(server: Server, target: Path, status: int) -> None:
    server.busy = [status]
    with pytest.raises(MissingError, match=f"the server answered {status}"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert len(server.asked) == 1


def test_between_two_tries_there_is_a_pause_that_a_stop_ends(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "PAUSES", (60.0, 60.0, 60.0))
    server.busy = [503]
    reports: list[float] = []

    def stop(phase: str, what: str, done: int, total: int | None, unit: str) -> None:
        reports.append(time.monotonic())
        if len(reports) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server.url, target, sha256=SHA256, what="a file", progress=stop)
    assert reports[2] - reports[0] < 5

"""One request for a file, and why it brought nothing, in words."""

import errno
import http.client
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from tuilab import __version__
from tuilab.terminal import clean

TIMEOUT = 20.0
"""Seconds that a connection or one read may take."""

_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Answers that a later try may do better than."""
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
# What urllib raises, and what its parsers of addresses let through.
FAILURES = (OSError, http.client.HTTPException, ValueError, OverflowError)


class NoAnswer(Exception):
    """The file did not come.

    Attributes:
        why: the reason: clean, no capital, no full stop.
        passing: whether it may come at a later try.
        wait: seconds that the server asks to be left alone; 0: it did not say.
    """

    def __init__(self, why: str, *, passing: bool = False, wait: float = 0) -> None:
        super().__init__(why)
        self.why, self.passing, self.wait = why, passing, wait


def open_url(url: str, offset: int = 0) -> http.client.HTTPResponse | None:
    """Ask for the bytes of ``url`` from ``offset`` on, through the proxy that the environment names.

    Returns:
        None if the server has no byte there.

    Raises:
        NoAnswer: it did not answer, refused, or redirects from https to something else; or the proxy did.
    """
    proxy = _proxy_for(url)
    headers = {"User-Agent": f"tuilab/{__version__}", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    opener = urllib.request.build_opener(_Redirects)
    try:
        return opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if offset and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return None
        raise _refusal(error, proxy) from error
    except FAILURES as error:
        raise failure(error, proxy) from error


@dataclass(frozen=True)
class _Proxy:
    """A proxy as a person may read of it: without the password that its address may hold."""

    shown: str
    tunnels: bool

    @property
    def words(self) -> str:
        return f"the proxy {self.shown}"


def _proxy_for(url: str) -> _Proxy | None:
    """Return the proxy that a request will go through; None if there is none.

    Raises:
        NoAnswer: its address is none.
    """
    parts = urllib.parse.urlsplit(url)
    address = urllib.request.getproxies().get(parts.scheme)
    if not address or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    scheme, found, rest = address.partition("://")
    authority, _, path = (rest if found else address).partition("/")
    place = (path if "@" in path else authority).rpartition("@")[2]
    shown = clean(place, limit=100)
    name = f"the proxy '{shown}' that {parts.scheme.upper()}_PROXY names"
    if found and scheme.lower() not in {"http", "https"}:
        kind = clean(scheme, limit=40)
        raise NoAnswer(f"{name} is of an unsupported kind ({kind}); only http and https are supported")
    try:
        if "@" in path:
            raise ValueError("write a / in its name or password as %2F")
        connection = http.client.HTTPConnection(place)
        host = connection.host.strip("[]")
        if not host or not 0 <= connection.port < 2**16:
            raise ValueError("it has no host" if not host else f"port {connection.port}")
        if ":" not in host:
            host.encode("idna")
    except FAILURES as error:
        raise NoAnswer(f"{name} has an invalid address ({_text(error)})") from error
    return _Proxy(shown, tunnels=parts.scheme == "https")


def _refusal(error: urllib.error.HTTPError, proxy: _Proxy | None) -> NoAnswer:
    """Return what an answer with an error status means."""
    answer = f"{error.code} {clean(str(error.reason), limit=200)}"
    wait = error.headers.get("Retry-After", "") if error.headers else ""
    passing, seconds = error.code in _PASSING, float(wait) if re.fullmatch(r"[0-9]{1,6}", wait) else 0.0
    if 300 <= error.code < 400:
        return NoAnswer("it redirects too many times")
    if proxy and error.code == http.client.PROXY_AUTHENTICATION_REQUIRED:
        return NoAnswer(f"{proxy.words} answered {answer}")
    if proxy and not proxy.tunnels:  # such a proxy can answer in the server's place
        return NoAnswer(
            f"the server, or {proxy.words} in front of it, answered {answer}", passing=passing, wait=seconds
        )
    return NoAnswer(f"the server answered {answer}", passing=passing, wait=seconds)


def failure(error: BaseException, proxy: _Proxy | None = None) -> NoAnswer:
    """Return what a connection that failed means; ``proxy``: what it went through."""
    who = proxy.words if proxy else "the server"
    match error:
        case urllib.error.URLError(reason=BaseException() as reason):
            return failure(reason, proxy)
        case urllib.error.URLError():
            return NoAnswer(clean(str(error.reason), limit=400))
        case socket.gaierror() if proxy:
            return NoAnswer(f"the name of {who} could not be looked up")
        case socket.gaierror():
            return NoAnswer("the server's name could not be looked up (is there a network?)")
        case TimeoutError():
            through = f" through {who}" if proxy else ""
            return NoAnswer(f"no answer came{through} within {TIMEOUT:g} seconds", passing=True)
        case ConnectionRefusedError() if proxy:
            return NoAnswer(f"{who} refused the connection")
        case ConnectionRefusedError():
            return NoAnswer("the connection was refused")
        case ssl.SSLCertVerificationError():
            return NoAnswer(f"the server's certificate is not trusted ({clean(error.verify_message)})")
        case http.client.RemoteDisconnected() | ConnectionResetError():
            return NoAnswer(f"{who} ended the connection without an answer", passing=True)
        case OSError(strerror=str(strerror)):
            passing = error.errno in {errno.ENETRESET, errno.ECONNABORTED, errno.EPIPE}
            return NoAnswer(clean(strerror[:1].lower() + strerror[1:], limit=400), passing=passing)
        case OSError() if proxy and (tunnel := _TUNNEL.match(str(error))):
            answer = clean(str(error).partition(": ")[2], limit=200)
            return NoAnswer(f"{who} refused: {answer}", passing=int(tunnel[1]) in _PASSING)
        case http.client.InvalidURL() | ValueError() | OverflowError():
            return NoAnswer(f"it leads to an invalid address ({_text(error)})")
        case http.client.HTTPException():
            return NoAnswer(f"the answer from {who} is not HTTP ({_text(error)})")
        case _:
            return NoAnswer(_text(error))


def _text(error: BaseException) -> str:
    return clean(str(error) or type(error).__name__, limit=400)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to a connection that anybody can read and change."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme != "https" and (req.type == "https" or scheme != "http"):
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)

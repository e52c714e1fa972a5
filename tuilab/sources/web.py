"""One request for a file, and why it failed, in words."""

import http.client
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request

from tuilab import __version__
from tuilab.terminal import clean

TIMEOUT = 20.0
"""Seconds that a connection or one read may take."""


def open_url(url: str, offset: int = 0) -> http.client.HTTPResponse:
    """Ask for the bytes of ``url`` from ``offset`` on, through the proxies of the environment.

    Raises:
        urllib.error.HTTPError: the server answered with an error status.
        OSError, http.client.HTTPException: it did not answer, or redirects from https to something else.
    """
    headers = {"User-Agent": f"tuilab/{__version__}", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    opener = urllib.request.build_opener(_Redirects)
    return opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)


def why(error: BaseException) -> str:
    """Return the reason of a network failure: clean, no capital, no full stop."""
    match error:
        case urllib.error.URLError(reason=BaseException() as reason):
            return why(reason)
        case urllib.error.URLError():
            return clean(str(error.reason), limit=400)
        case socket.gaierror():
            return "the server's name could not be looked up (is there a network?)"
        case TimeoutError():
            return f"no answer came within {TIMEOUT:g} seconds"
        case ConnectionRefusedError():
            return "the connection was refused"
        case ssl.SSLCertVerificationError():
            return f"the server's certificate is not trusted ({clean(error.verify_message)})"
        case OSError(strerror=str(strerror)):
            return clean(strerror[:1].lower() + strerror[1:])
        case _:
            return clean(str(error) or type(error).__name__, limit=400)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to a connection that anybody can read and change."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme != "https" and (req.type == "https" or scheme != "http"):
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)

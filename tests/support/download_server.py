"""A server of one file on this machine, with the faults that real ones have."""

import hashlib
import http.server
from pathlib import Path

BODY = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves ``body`` at any path but /missing, and remembers the Range header of each request."""

    daemon_threads = True
    body = BODY
    ranges = True
    shifted = False
    cuts: list[int]  # after how many bytes to cut the first, second ... connection
    busy: list[int]  # statuses that the first, second ... request is answered with
    asked: list[str | None]

    def __init__(self) -> None:
        self.cuts, self.busy, self.asked = [], [], []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server  # type: ignore[assignment]

    def do_GET(self) -> None:
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        if self.path == "/missing":
            return self.send_error(404)
        if server.busy:
            self.send_response(server.busy.pop(0))
            self.send_header("Retry-After", "3600")
            return self.end_headers()
        start = int(asked[6:-1]) if asked and server.ranges else 0
        if start and start >= len(server.body):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            said = start + 1 if server.shifted else start
            self.send_header("Content-Range", f"bytes {said}-{len(server.body) - 1}/{len(server.body)}")
        self.send_header("Content-Length", str(len(server.body) - start))
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else len(server.body)
        self.wfile.write(server.body[start : start + cut])

    def log_message(self, format: str, *args: object) -> None:
        pass


def part_of(target: Path, content: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    return part

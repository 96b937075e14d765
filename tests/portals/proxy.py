"""A proxy before a portal that logs the actions which pass and breaks those it is told to break."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

RETRY_AFTER = 7
HALF = 2


class Proxy(ThreadingHTTPServer):
    """`faults` holds, by action, a fault and how often it occurs, after as many requests as `skips` says.

    Faults are a status to answer with, `cut` (in the middle of the request), `lost` (the answer, after the portal
    has acted) and `silent` (no answer at all). `answers` holds what is answered in the portal's place, and
    `actions` those that arrived, broken ones included.
    """

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Forward)
        self.upstream = urlsplit(upstream).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.faults: dict[str, tuple[int | str, int]] = {}
        self.skips: dict[str, int] = {}
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.actions: list[str] = []
        self.closing = Event()

    def fault(self, action: str) -> int | str | None:
        """The fault that an action now meets."""
        if self.skips.get(action):
            self.skips[action] -= 1
            return None
        kind, n = self.faults.get(action, ("", 0))
        self.faults[action] = kind, n - 1
        return kind if n > 0 else None


class Forward(BaseHTTPRequestHandler):
    """One request: passed on, or broken."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        action = self.path.rpartition("/")[2]
        self.server.actions.append(action)
        length = int(self.headers["Content-Length"])
        fault = self.server.fault(action)
        if fault == "cut":
            self.rfile.read(length // HALF)
            self.hang_up()
            return
        body = self.rfile.read(length)
        if fault == "silent":
            self.server.closing.wait()
            self.hang_up()
        elif isinstance(fault, int):
            self.answer(fault, b"no", {"Retry-After": str(RETRY_AFTER)} if fault == 429 else {})
        elif action in self.server.answers:
            self.answer(200, json.dumps(self.server.answers[action]).encode(), {})
        else:
            status, content = self.forward(body)
            if fault == "lost":
                self.hang_up()
            else:
                self.answer(status, content, {})

    def forward(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            connection.request("POST", self.path, body, dict(self.headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answer(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `actions` has it."""


@contextmanager
def running(upstream: str) -> Iterator[Proxy]:
    """A proxy before a portal."""
    with Proxy(upstream) as proxy:
        thread = Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.closing.set()
            proxy.shutdown()
            thread.join()

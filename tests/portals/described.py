"""A server on this machine that is described as OpenAPI does it, and holds all that passes against the description.

What a description calls `operationId` is the method that answers. Whatever a client sends that the description does
not have, or the server answers against it, is noted in `violations`, which tests look at in the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from functools import cache, cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonschema
import yaml

HERE = Path(__file__).parent
RETRY_AFTER = 7
MOST_BYTES = 50_000_000
LONGEST_SILENCE = 10
HALF = 2


@dataclass
class Answer(Exception):
    """What a request is answered with; raised as well, where it is not as it should be."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A request as an operation gets it: `body` is JSON, a list of JSON lines, or bytes, as is described."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    headers: Message


@dataclass(frozen=True)
class Operation:
    """One operation of a description."""

    id: str
    method: str
    path: re.Pattern[str]
    content: Mapping[str, Any]
    described: Mapping[str, Any]
    description: str

    @property
    def reads(self) -> bool:
        """Whether it only reads. What an operation that posts only reads is described as such."""
        return self.method == "GET" or self.described.get("x-reads", False)

    def wrong_request(self, query: Mapping[str, str], kind: str, body: Any) -> Iterator[str]:
        known = {p["name"]: p for p in self.described.get("parameters", ()) if p["in"] == "query"}
        for name in query.keys() - known.keys():
            yield f"has no parameter {name}"
        for name, value in query.items():
            yield from self._wrong(known.get(name, {}).get("schema", {}), value)
        if not self.content:
            if body:
                yield f"takes no body, but got {body!r:.80}"
        elif "*/*" in self.content:
            return
        elif kind not in self.content:
            yield f"takes {', '.join(self.content)}, but got {kind or 'nothing'}"
        elif not isinstance(body, bytes):
            yield from self._wrong(self.content[kind].get("schema", {}), body)

    def wrong_answer(self, answer: Answer) -> Iterator[str]:
        described = self.described["responses"].get(str(answer.status))
        if described is None:
            yield f"does not answer {answer.status}"
            return
        if "$ref" in described:
            described = document(self.description)["components"]["responses"][
                described["$ref"].rpartition("/")[2]
            ]
        if "content" not in described and answer.content is not None:
            yield f"answers {answer.status} without content, but there was {answer.content!r:.80}"
        for content in described.get("content", {}).values():
            yield from self._wrong(content["schema"], answer.content)

    def _wrong(self, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        for error in validator(self.description, json.dumps(schema)).iter_errors(value):
            yield f"{error.json_path}: {error.message:.200}"


@cache
def document(name: str) -> dict[str, Any]:
    """The description in a file beside this one."""
    content: dict[str, Any] = yaml.safe_load((HERE / name).read_text("utf-8"))
    return content


@cache
def validator(name: str, schema: str) -> jsonschema.Draft202012Validator:
    """The judge of a schema, which is told as JSON, within a description."""
    whole = {**json.loads(schema), "components": document(name)["components"]}
    return jsonschema.Draft202012Validator(whole)


@cache
def operations(name: str) -> tuple[Operation, ...]:
    """The operations of the description in a file beside this one."""
    found = []
    for path, item in document(name)["paths"].items():
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
        for method, described in item.items():
            content = described.get("requestBody", {}).get("content", {})
            found.append(
                Operation(described["operationId"], method.upper(), pattern, content, described, name)
            )
    return tuple(found)


class Described(ThreadingHTTPServer):
    """A described server. `log` has the operations that arrived, broken ones included, since it was last cleared, `arrived`
    how many there were at all.

    `faults` holds, by operation, a fault and how often it occurs, after as many requests as `skips` says. Faults
    are a status to answer with, `cut` (in the middle of the request), `lost` (the answer, after all was done) and
    `silent` (no answer at all). The request of number `breaks_at` in the log is lost, after it has taken effect if
    `takes_effect`, else before; and so are all after it.
    """

    daemon_threads = True
    description: str
    token = "a-token-that-nobody-may-see"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.log: list[str] = []
        self.arrived = 0
        self.violations: list[str] = []
        self.faults: dict[str, tuple[int | str, int]] = {}
        self.skips: dict[str, int] = {}
        self.breaks_at: int | None = None
        self.takes_effect = False
        self.closing = Event()
        self.lock = Lock()

    @cached_property
    def by_id(self) -> Mapping[str, Operation]:
        return {operation.id: operation for operation in operations(self.description)}

    @property
    def writes(self) -> list[str]:
        """What arrived that would change something."""
        return [id_ for id_ in self.log if not self.by_id[id_].reads]

    def fault(self, operation: str) -> int | str | None:
        """The fault that a request now meets."""
        if self.breaks_at is not None and len(self.log) > self.breaks_at:
            first = len(self.log) - 1 == self.breaks_at
            return "lost" if self.takes_effect and first else "dropped"
        if self.skips.get(operation):
            self.skips[operation] -= 1
            return None
        kind, n = self.faults.get(operation, ("", 0))
        self.faults[operation] = kind, n - 1
        return kind if n > 0 else None

    def refused(self, operation: Operation, request: Request) -> Answer | None:
        """The answer to somebody who may not do that; None for those who may."""
        return None

    def broken_off(self, operation: Operation, request: Request) -> None:
        """What is left of a request of which only a part arrived: nothing."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no news."""


class Handler(BaseHTTPRequestHandler):
    """One request: answered as described, or broken."""

    server: Described
    protocol_version = "HTTP/1.1"
    # An answer goes out in one piece: else the end of it waits for the client to acknowledge its head.
    wbufsize = -1
    timeout = 60

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        for operation in operations(self.server.description):
            found = operation.path.fullmatch(parts.path)
            if found and operation.method == self.command and length <= MOST_BYTES:
                params = {name: unquote(value) for name, value in found.groupdict().items()}
                self.attend(operation, params, dict(parse_qsl(parts.query)), length)
                return
        self.server.violations.append(f"{self.command} {self.path}: is not described")
        self.rfile.read(min(length, MOST_BYTES))
        self.answer(Answer(404, {"message": "not described", "error": "not described"}))

    do_POST = do_PUT = do_DELETE = do_GET

    def attend(
        self, operation: Operation, params: Mapping[str, str], query: Mapping[str, str], length: int
    ) -> None:
        with self.server.lock:
            self.server.log.append(operation.id)
            self.server.arrived += 1
            fault = self.server.fault(operation.id)
        if fault in ("cut", "dropped"):
            self.rfile.read(length // HALF)
            with self.server.lock:
                self.server.broken_off(operation, Request(params, query, None, self.headers))
            self.close_connection = True
            return
        raw = self.rfile.read(length)
        if fault == "silent":
            self.server.closing.wait(LONGEST_SILENCE)
            self.close_connection = True
        elif isinstance(fault, int):
            self.answer(Answer(fault, None, {"Retry-After": str(RETRY_AFTER)} if fault == 429 else {}))
        else:
            with self.server.lock:
                answer = self.act(operation, params, query, raw)
            if fault == "lost":
                self.close_connection = True
            else:
                self.answer(answer)

    def act(
        self, operation: Operation, params: Mapping[str, str], query: Mapping[str, str], raw: bytes
    ) -> Answer:
        kind = self.headers.get("Content-Type", "") if raw or operation.content else ""
        body = parsed(kind, raw)
        request = Request(params, query, body, self.headers)
        refused = self.server.refused(operation, request)
        if refused is None:
            wrong = [*operation.wrong_request(query, kind, body)]
            self.server.violations += [f"{operation.id}: {each}" for each in wrong]
        try:
            answer: Answer = refused or getattr(self.server, operation.id)(request)
        except Answer as raised:
            answer = raised
        wrong = [*operation.wrong_answer(answer)]
        self.server.violations += [f"{operation.id} answers {answer.status}: {each}" for each in wrong]
        return answer

    def answer(self, answer: Answer) -> None:
        content = answer.content
        if not isinstance(content, bytes):
            content = b"" if content is None else json.dumps(content).encode()
        kind = {"Content-Type": "application/json"} if content else {}
        self.send_response(answer.status)
        for name, value in {**kind, **answer.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `log` has it."""


def parsed(kind: str, raw: bytes) -> Any:
    """A body as JSON where it is that; a list, where each line is."""
    try:
        if "ndjson" in kind:
            return [json.loads(line) for line in raw.splitlines()]
        return json.loads(raw) if "json" in kind else raw
    except ValueError:
        return raw


Server = TypeVar("Server", bound=Described)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Run a server; see in the end that nothing passed that is not described."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
    assert not server.violations, "\n".join(server.violations)

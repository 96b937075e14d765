"""A stand-in for Solr that takes what CKAN sends and finds nothing: python solr_stand_in.py PORT.

CKAN does not start without Solr's schema, nor write a dataset without its index. It reads a dataset from
PostgreSQL where the index does not have it, so all but its search works as it does with a true Solr.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCHEMA = b'<schema name="ckan-2.12" version="1.6"/>'
NOTHING = {
    "responseHeader": {"status": 0, "QTime": 0},
    "response": {"numFound": 0, "start": 0, "docs": []},
    "facet_counts": {"facet_fields": {}},
}


class Index(BaseHTTPRequestHandler):
    """Answers /schema with a name, and every search and change with an empty result."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "/schema" in self.path:
            self.answer("application/xml", SCHEMA)
        else:
            self.answer("application/json", json.dumps(NOTHING).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer("application/json", json.dumps(NOTHING).encode())

    def answer(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: every answer is alike."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Index).serve_forever()

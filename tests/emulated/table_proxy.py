"""Stands between a function and DynamoDB and keeps one table away from it, while the other one answers."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from contract.environment import Function
from tests.emulated.faults import variables
from tests.emulated.site import Site


class Trouble(StrEnum):
    """What requests to the table meet."""

    CLOSED = "closed"  # the connection ends without an answer
    SILENT = "silent"  # no answer for longer than any client waits


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: str, table: str, trouble: Trouble) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.table, self.trouble = urlsplit(target), table, trouble
        self.ended = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if json.loads(body).get("TableName") == self.server.table:
            if self.server.trouble is Trouble.SILENT:
                self.server.ended.wait(60)
            self.close_connection = True
            return
        target = http.client.HTTPConnection(str(self.server.target.hostname), self.server.target.port, timeout=30)
        with contextlib.closing(target):
            target.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                target.putheader(name, value)
            target.endheaders(body)
            answer = target.getresponse()
            content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Write nothing."""


@contextlib.contextmanager
def payments_away(
    site: Site, function: Function, region: str, trouble: Trouble = Trouble.CLOSED, **more: str
) -> Iterator[None]:
    """Keep the payments table away from a function, but not the control table; `more` are further variables."""
    proxy = _Proxy(site.deployment.emulator.endpoint_url, site.table, trouble)
    serving = threading.Thread(target=proxy.serve_forever, daemon=True)
    serving.start()
    endpoint = f"http://127.0.0.1:{proxy.server_address[1]}"
    try:
        with variables(site, function, region, AWS_ENDPOINT_URL_DYNAMODB=endpoint, **more):
            yield
    finally:
        proxy.ended.set()
        proxy.shutdown()
        serving.join()
        proxy.server_close()

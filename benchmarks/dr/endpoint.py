"""An endpoint on this machine that refuses every request of AWS at once: what is left is the caller's own time."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_REFUSAL = json.dumps({"__type": "AccessDeniedException", "message": "refused by the benchmark"}).encode()
_CONTROL = json.dumps({"time_scale": 1.0}).encode()
"""What `dr` asks an emulator for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "RefusingEndpoint"

    def do_GET(self) -> None:
        if self.path == "/status":
            self._answer(200, _CONTROL)
        else:
            self._refuse()

    def do_POST(self) -> None:
        self._refuse()

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def _refuse(self) -> None:
        self.server.asked.set()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(403, _REFUSAL)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class RefusingEndpoint(ThreadingHTTPServer):
    """Serves while it is entered; `asked` is set by the first request for AWS."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

"""Reaches a region's data plane as a client with that region's DNS answer would: by address, with the name verified."""

import http.client
import json
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.regions import ADDRESSES

_TIMEOUT_SECONDS = 35
"""Above API Gateway's limit of 29 s, so that its answer is seen."""


@dataclass(frozen=True)
class Response:
    """An HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 — whatever the API sends
        """Return the body as JSON."""
        return json.loads(self.body)


def reach(
    region: str,
    host: str,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    ca_file: str | None = None,
    port: int | None = None,
) -> Response:
    """Send one HTTPS request for a host to a region's address, naming the host and verifying its certificate.

    The CA and the port default to what the emulator printed: `EMULATOR_CA_FILE`, `EMULATOR_DATA_PLANE_PORT`.

    Raises:
        OSError: The region is not reached, or its certificate is not valid for the host.
    """
    connection = _Connection(
        host,
        address=ADDRESSES[region],
        port=port or int(os.environ["EMULATOR_DATA_PLANE_PORT"]),
        context=ssl.create_default_context(cafile=ca_file or os.environ["EMULATOR_CA_FILE"]),
    )
    try:
        # The host without a port, as with port 443 on AWS, and once: signatures cover it, and some signers add it.
        others = {name: value for name, value in (headers or {}).items() if name.lower() != "host"}
        connection.request(method, path, body=body, headers={"Host": host, **others})
        answer = connection.getresponse()
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class _Connection(http.client.HTTPSConnection):
    """A connection to an address instead of what the host's name resolves to."""

    def __init__(self, host: str, *, address: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, timeout=_TIMEOUT_SECONDS, context=context)
        self._target = (address, port)
        self._tls = context

    def connect(self) -> None:
        """Connect to the address, and make sure that it is the host that answers."""
        connected = socket.create_connection(self._target, self.timeout)
        self.sock = self._tls.wrap_socket(connected, server_hostname=self.host)

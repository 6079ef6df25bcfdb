"""A client of the data plane that goes to a region of one's choice, as if DNS had answered with that region."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator import Emulator

_SECONDS = 40
"""Above API Gateway's 29 s, so that its answer is seen (FACTS 4.6)."""


@dataclass(frozen=True)
class ApiAnswer:
    """What a region's data plane has answered."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _Connection(http.client.HTTPSConnection):
    """Names a host to an address, and verifies the certificate for that name."""

    def __init__(self, host: str, address: tuple[str, int], ca_file: str) -> None:
        super().__init__(host, timeout=_SECONDS)
        self._address = address
        self._trusted = ssl.create_default_context(cafile=ca_file)

    def connect(self) -> None:
        plain = socket.create_connection(self._address, _SECONDS)
        self.sock = self._trusted.wrap_socket(plain, server_hostname=self.host)


class ApiCaller:
    """Sends requests for one host name; which region answers is up to each call.

    Args:
        emulator: Where the regions are.
        host: The domain name of the API.
        credentials: None sends unsigned requests.
        stage: The stage, where the host is an API's default endpoint; custom domains have none in their paths.
        ca_file: The authority that certificates are verified by; the emulator's if not given.
    """

    def __init__(
        self,
        emulator: Emulator,
        host: str,
        *,
        credentials: Credentials | None = None,
        stage: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._emulator = emulator
        self._host = host
        self._credentials = credentials
        self._prefix = f"/{stage}" if stage else ""
        self._ca_file = ca_file or emulator.ca_file

    def post(self, region: str, body: object, *, signed_for: str = "*", sigv4a: bool = True) -> ApiAnswer:
        """Post JSON to the route that is signed; `signed_for` is the region, or set of regions."""
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self.send(region, "POST", "/payment", headers=headers, body=data, signed_for=signed_for, sigv4a=sigv4a)

    def send(
        self,
        region: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        signed_for: str = "*",
        sigv4a: bool = True,
    ) -> ApiAnswer:
        """Send any request to a region's data plane; raises OSError when it is not reached."""
        path = f"{self._prefix}{path}"
        sent = dict(headers or {})
        if self._credentials is not None:
            request = AWSRequest(method, f"https://{self._host}{path}", headers=sent, data=body)
            service = "lambda" if ".lambda-url." in self._host else "execute-api"
            signer: Any = AUTH_TYPE_MAPS["v4a"] if sigv4a else SigV4Auth  # the first is awscrt's
            signer(self._credentials, service, signed_for).add_auth(request)
            sent = dict(request.headers.items())
        address = (self._emulator.addresses[region], self._emulator.data_plane_port)
        connection = _Connection(self._host, address, self._ca_file)
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            return ApiAnswer(answer.status, answer.read())
        finally:
            connection.close()

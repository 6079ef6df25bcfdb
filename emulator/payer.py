"""A payment client as payers write one: it signs SigV4a, which stays valid after a failover (FACTS 3.7)."""

import json
from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.crt.auth import CrtSigV4AsymAuth

from emulator.client import Response, reach
from emulator.running import Emulator


class Payer:
    """Sends payments to one host name; which region answers is up to each call, as DNS would decide.

    Args:
        emulator: Where the regions are.
        host: The domain name of the API, such as the failover name.
        credentials: Access key and secret, and the session token of temporary ones; None sends unsigned requests.
        service: What the host belongs to: "execute-api", or "lambda" for a function URL.
        stage: The stage, where the host is an API's default endpoint; custom domains have none in their paths.
    """

    def __init__(
        self,
        emulator: Emulator,
        host: str,
        *,
        credentials: Credentials | None = None,
        service: str = "execute-api",
        stage: str | None = None,
    ) -> None:
        self.emulator = emulator
        self.host = host
        self.credentials = credentials
        self._service = service
        self._prefix = f"/{stage}" if stage else ""

    def post(self, region: str, body: object, *, signed_for: str = "*", sigv4a: bool = True) -> Response:
        """Post a payment; a body that is no bytes is sent as JSON. `signed_for` is the region, or set of regions."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self.send(region, "POST", "/payment", headers=headers, body=data, signed_for=signed_for, sigv4a=sigv4a)

    def get(self, region: str, transaction_id: str, *, signed_for: str = "*", sigv4a: bool = True) -> Response:
        """Get a payment by its id."""
        return self.send(region, "GET", f"/payment/{transaction_id}", signed_for=signed_for, sigv4a=sigv4a)

    def send(
        self,
        region: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        signed_for: str = "*",
        sigv4a: bool = True,
    ) -> Response:
        """Send any request to a region's API."""
        target = f"{self._prefix}{path}"
        request = AWSRequest(method, f"https://{self.host}{target}", headers=dict(headers or {}), data=body or b"")
        if self.credentials is not None:
            signer = CrtSigV4AsymAuth if sigv4a else SigV4Auth
            signer(self.credentials, self._service, signed_for).add_auth(request)
        return reach(
            region,
            self.host,
            target,
            method=method,
            headers=dict(request.headers.items()),
            body=body,
            ca_file=self.emulator.ca_file,
            port=self.emulator.data_plane_port,
        )

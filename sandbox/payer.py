"""A payment client that goes to a region of one's choice, as if DNS had answered with that region."""

import json
from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from client.https import Response, exchange, trust
from client.signing import signed
from emulator.regions import ADDRESSES
from emulator.running import Emulator


class RequestSender:
    """Sends requests for one host name; which region answers is up to each call.

    Args:
        emulator: Where the regions are.
        host: The domain name of the API, such as the failover name.
        credentials: Access key and secret, and the session token of temporary ones; None sends unsigned requests.
        stage: The stage, where the host is an API's default endpoint; custom domains have none in their paths.
    """

    def __init__(
        self, emulator: Emulator, host: str, *, credentials: Credentials | None = None, stage: str | None = None
    ) -> None:
        self.emulator = emulator
        self.host = host
        self.credentials = credentials
        self._prefix = f"/{stage}" if stage else ""
        self._context = trust(emulator.ca_file)

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
        """Send any request to a region's API; plain SigV4 is there to see what it is good for."""
        url = f"https://{self.host}{self._prefix}{path}"
        if self.credentials is not None and sigv4a:
            headers = signed(method, url, credentials=self.credentials, headers=headers, body=body, regions=signed_for)
        elif self.credentials is not None:
            request = AWSRequest(method, url, headers=dict(headers or {}), data=body or b"")
            service = "lambda" if ".lambda-url." in self.host else "execute-api"
            SigV4Auth(self.credentials, service, signed_for).add_auth(request)
            headers = dict(request.headers.items())
        return exchange(
            url,
            address=ADDRESSES[region],
            context=self._context,
            port=self.emulator.data_plane_port,
            method=method,
            headers=headers,
            body=body,
        )

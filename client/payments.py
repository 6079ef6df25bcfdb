"""The plain payment client: one attempt a call, at whatever addresses DNS gives."""

import json
import ssl
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol
from urllib.parse import quote, urlsplit

from botocore.credentials import Credentials

from client.addresses import first_answer
from client.dns import Resolver
from client.https import Response, Timeouts, exchange, trust
from client.signing import is_function_url, signed


class BadEndpointError(ValueError):
    """An endpoint is no https URL with a host and nothing but a path."""


class Resolves(Protocol):
    """What knows a host's addresses, all of them, so that one that is dead does not look like a host that is.

    It is `client.dns.Resolver`, or a test's.
    """

    def addresses(self, host: str) -> Sequence[str]:
        """Return a host's addresses, the one to be tried first at the beginning.

        Raises:
            OSError: There are none.
        """


class PaymentClient:
    """Pays at one endpoint. Every call is one attempt: it returns what was answered, whatever the status.

    Args:
        endpoint_url: The API: a domain name, an API's default endpoint with its stage, or a function URL.
        credentials: The payer's; None sends unsigned requests, for sandboxes without authorization.
        resolver: What knows the host's addresses; by default a resolver of the client's own.
        port: The port that is connected to, which only an emulator has another of.
        ca_file: The authorities to trust instead of the machine's.
        timeouts: How long an attempt may take.

    Raises:
        BadEndpointError: The endpoint cannot be used.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        credentials: Credentials | None = None,
        resolver: Resolves | None = None,
        port: int = 443,
        ca_file: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.endpoint_url = _endpoint(endpoint_url)
        self.host = str(urlsplit(self.endpoint_url).hostname)
        self._credentials = credentials
        self._resolver = resolver or Resolver()
        self._port = port
        self._timeouts = timeouts or Timeouts()
        self._context: ssl.SSLContext = trust(ca_file)

    def pay(self, payment: Mapping[str, object] | bytes, *, timeouts: Timeouts | None = None) -> Response:
        """Send a payment, bytes as they are; its `transactionId` makes sending it again harmless.

        Raises:
            ResolutionError: The host has no address.
            NotReachedError: Nothing was sent.
            NoAnswerError: The payment may or may not have been stored.
        """
        headers = {"Content-Type": "application/json"}
        return self.send("POST", "/payment", headers=headers, body=encoded(payment), timeouts=timeouts)

    def get(self, transaction_id: str, *, timeouts: Timeouts | None = None) -> Response:
        """Read a payment; raises as `pay` does."""
        return self.send("GET", f"/payment/{quote(transaction_id, safe='')}", timeouts=timeouts)

    def probe(self, path: str = "/health", *, timeouts: Timeouts | None = None) -> Response:
        """Ask `/health` or `/takeover`; raises as `pay` does. Only function URLs want these signed."""
        return self.send("GET", path, signs=is_function_url(self.endpoint_url), timeouts=timeouts)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        signs: bool = True,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send any request to a path below the endpoint, once; raises as `pay` does."""
        addresses = self._resolver.addresses(self.host)
        url = f"{self.endpoint_url}{path}"
        if signs and self._credentials is not None:
            headers = signed(method, url, credentials=self._credentials, headers=headers, body=body)
        ask = partial(exchange, url, context=self._context, port=self._port, method=method, headers=headers, body=body)
        return first_answer(addresses, ask, timeouts or self._timeouts)


def encoded(payment: Mapping[str, object] | bytes) -> bytes:
    """Return what is sent of a payment: its JSON, or bytes as they are."""
    return payment if isinstance(payment, bytes) else json.dumps(payment).encode()


def _endpoint(url: str) -> str:
    """Return the URL without a slash at its end, if it is one."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and parts.netloc and parts.netloc.lower() == parts.hostname
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise BadEndpointError(
            f"`endpoint` must be an https URL of a host without a port, such as https://api.example.com, got {url!r}"
        )
    return url.rstrip("/")

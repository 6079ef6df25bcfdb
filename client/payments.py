"""The plain payment client: one attempt per call, at the addresses that DNS returns."""

import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit

from client.addresses import first_answer
from client.attempt_results import document
from client.dns import Monotonic, Resolver
from client.https import NoAnswerError, NotSentError, Response, Timeouts, exchange, trust
from client.signing import is_function_url, signed

if TYPE_CHECKING:
    from botocore.credentials import Credentials

SUCCESSES = range(200, 300)
"""Statuses that say that a payment is durable, if the answer names the payment."""

Transport = Callable[..., Response]
"""Makes one HTTPS exchange with an address, called and raising as `client.https.exchange`."""

Sign = Callable[..., dict[str, str]]
"""Returns a request's headers with its signature, called as `client.signing.signed`."""


class BadEndpointError(ValueError):
    """An endpoint is not an https URL of a host and an optional path."""


class UnconfirmedError(NoAnswerError):
    """The answer is a success but does not name the payment, so it confirms nothing."""


class Resolves(Protocol):
    """Resolves a host to all its addresses, so that one dead address does not look like a dead host.

    Implemented by `client.dns.Resolver` and by fakes.
    """

    def addresses(self, host: str) -> Sequence[str]:
        """Return a host's addresses in the order in which to try them.

        Raises:
            OSError: There are none.
        """


class PaymentClient:
    """Pays at one endpoint. Every call is one attempt and returns the API's answer whatever its status.

    Args:
        endpoint_url: The API: a domain name, an API's default endpoint with its stage, or a function URL.
        credentials: The payer's; None sends unsigned requests, for sandboxes without authorization.
        resolver: Resolves the host; by default a resolver of the client's own.
        port: The port to connect to; non-default only for the emulator.
        ca_file: The authorities to trust instead of the machine's.
        timeouts: The time limits of an attempt.
        transport: Sends requests; HTTPS by default.
        sign: Signs requests; SigV4a by default.
        clock: Measures how long connections take.

    Raises:
        BadEndpointError: The endpoint cannot be used.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        credentials: "Credentials | None" = None,
        resolver: Resolves | None = None,
        port: int = 443,
        ca_file: str | None = None,
        timeouts: Timeouts | None = None,
        transport: Transport | None = None,
        sign: Sign | None = None,
        clock: Monotonic = time,
    ) -> None:
        self.endpoint_url = _endpoint(endpoint_url)
        self.host = str(urlsplit(self.endpoint_url).hostname)
        self._credentials = credentials
        self._resolver = resolver or Resolver()
        self._port = port
        self._timeouts = timeouts or Timeouts()
        self._context: ssl.SSLContext = trust(ca_file)
        self._transport = transport or exchange
        self._sign = sign or signed
        self._clock = clock

    def pay(self, payment: Mapping[str, object] | bytes, *, timeouts: Timeouts | None = None) -> Response:
        """Send a payment, bytes unchanged; its `transactionId` makes repeating it safe.

        Raises:
            ResolutionError: The host has no address.
            NotSentError: The request could not be signed; nothing was sent.
            NotReachedError: Nothing was sent.
            NoAnswerError: The payment may or may not have been stored.
            UnconfirmedError: The answer is a success whose JSON does not name the payment's id.
        """
        body, headers = encoded(payment), {"Content-Type": "application/json"}
        answer = self.send("POST", "/payment", headers=headers, body=body, timeouts=timeouts)
        if answer.status in SUCCESSES:
            named, own = document(answer).get("transactionId"), transaction_id(body)
            if own is None or named != own:
                raise UnconfirmedError(f"{self.host} answered {answer.status}, which does not name the payment {own}")
        return answer

    def get(self, transaction_id: str, *, timeouts: Timeouts | None = None) -> Response:
        """Read a payment; raises as `pay` does."""
        return self.send("GET", f"/payment/{quote(transaction_id, safe='')}", timeouts=timeouts)

    def probe(self, path: str = "/health", *, timeouts: Timeouts | None = None) -> Response:
        """Get `/health` or `/writer`; raises as `pay` does. Only function URLs require a signature for these."""
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
        url = f"{self.endpoint_url}{path}"
        addresses = self._resolver.addresses(self.host)
        if signs and self._credentials is not None:
            try:
                headers = self._sign(method, url, credentials=self._credentials, headers=headers, body=body)
            except Exception as error:
                raise NotSentError(f"the request could not be signed: {error}") from error
        ask = partial(
            self._transport, url, context=self._context, port=self._port, method=method, headers=headers, body=body
        )
        return first_answer(addresses, ask, timeouts or self._timeouts, clock=self._clock)


def encoded(payment: Mapping[str, object] | bytes) -> bytes:
    """Return the request body of a payment: its JSON, or the given bytes unchanged."""
    return payment if isinstance(payment, bytes) else json.dumps(payment).encode()


def transaction_id(body: bytes) -> str | None:
    """Return the id that a payment's JSON names; None if it names none."""
    try:
        payment = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = payment.get("transactionId") if isinstance(payment, dict) else None
    return found if isinstance(found, str) else None


def _endpoint(url: str) -> str:
    """Return the URL without trailing slashes, or raise if it is not usable."""
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

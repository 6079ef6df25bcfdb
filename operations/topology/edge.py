"""Reads what clients see: the regional endpoints, DNS, and Route 53's health checkers."""

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import dns.resolver

from client.addresses import first_answer
from client.https import Response, Timeouts, exchange, trust
from contract.outputs import CheckName
from contract.roles import Role
from operations.aws import Aws
from operations.endpoints import EndpointSettings
from operations.site import Site
from operations.topology.asking import UnknownError
from operations.topology.model import DnsAnswer
from operations.topology.readings import Known, Reading, Unknown

ROUTE_53_REGION = "us-east-1"
"""Where Route 53's API is: when that region is down, what its checkers see cannot be asked for (FACTS 2.9)."""

HEALTHY_SHARE = 0.18
"""More of the checkers than this must reach an endpoint (FACTS 2.1)."""

_OK, _NOT_FOUND, _UNAVAILABLE = 200, 404, 503
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class _Answer:
    addresses: tuple[str, ...]
    """As the server orders them, which spreads who is asked first."""
    ttl: float


class Edge(Protocol):
    """What clients and health checkers see of a site; a failed read raises one of `asking.UNREADABLE`."""

    def health(self, role: Role, *, reads: int = 1) -> bool:
        """Ask a region's endpoint whether it is healthy."""

    def owns(self, role: Role) -> bool:
        """Ask a region's endpoint whether the region owns the writer."""

    def dns(self, url: str) -> DnsAnswer:
        """Resolve the failover name."""

    def check(self, name: CheckName) -> bool:
        """Ask Route 53 whether a check counts as healthy."""


class EdgeReader:
    """Reads what clients and health checkers see of a site; `seconds` limits each exchange."""

    def __init__(self, site: Site, aws: Aws, surroundings: EndpointSettings, *, seconds: float) -> None:
        self._site = site
        self._aws = aws
        self._port = surroundings.port
        self._trust: ssl.SSLContext = trust(surroundings.ca_file)
        self._seconds = seconds
        self._resolver = dns.resolver.Resolver(configure=surroundings.nameserver is None)
        self._resolver.lifetime = seconds
        if surroundings.nameserver is not None:
            self._resolver.nameservers, self._resolver.port = [surroundings.nameserver[0]], surroundings.nameserver[1]

    def health(self, role: Role, *, reads: int = 1) -> bool:
        """Return whether a region is healthy; False only if its function reports so in all reads.

        Reads are a real second apart, so that one of them may meet a transient failure.

        Raises:
            UnknownError: Any other answer, as the gateway also gives for a healthy function under load: 429 and 500
                when it is throttled, 502 and 504 when it is late.
        """
        for number in range(reads):
            if number:
                time.sleep(_PAUSE_SECONDS)
            answer = self._get(f"{self._site.regions[role].endpoint_url}/health")
            if answer.status == _OK:
                return True
            if not _says_unhealthy(answer):
                raise UnknownError(f"it answers {answer.status}")
        return False

    def owns(self, role: Role) -> bool:
        """Ask a region's endpoint whether the region owns the writer.

        Raises:
            UnknownError: The region does not know, or gave any other answer.
        """
        answer = self._get(f"{self._site.regions[role].endpoint_url}/writer")
        if answer.status == _UNAVAILABLE:
            raise UnknownError("it does not know (503)")
        if answer.status not in (_OK, _NOT_FOUND):
            raise UnknownError(f"it answers {answer.status}")
        return answer.status == _OK

    def addresses_of(self, role: Role) -> tuple[str, ...]:
        """Resolve a region's own name."""
        return self._resolve(host_of(self._site.regions[role].endpoint_url)).addresses

    def dns(self, url: str) -> DnsAnswer:
        """Resolve the failover name, and find which region's addresses the answer has."""
        answer = self._resolve(host_of(url))
        return DnsAnswer(tuple(sorted(answer.addresses)), answer.ttl, self._whose(url, answer.addresses))

    def check(self, name: CheckName) -> bool:
        """Return a health check's status according to the last observation of each checker.

        Only the last request counts here; Route 53 itself needs as many equal results in a row as its threshold says.
        """
        route_53 = self._aws.client("route53", ROUTE_53_REGION)
        answer = route_53.get_health_check_status(HealthCheckId=(self._site.health_check_ids or {})[name])
        seen = [each["StatusReport"]["Status"].startswith("Success") for each in answer["HealthCheckObservations"]]
        if not seen:
            raise UnknownError("no checker has reported yet")
        return bool(sum(seen) / len(seen) > HEALTHY_SHARE)

    def _whose(self, url: str, addresses: tuple[str, ...]) -> Reading[Role]:
        """Compare the addresses with those of the regions; if AWS gave others, ask the address for its region."""
        owners = {role for role in Role if self._shares_an_address(role, addresses)}
        if len(owners) == 1:
            return Known(owners.pop())
        try:
            region: Any = self._get(f"{url}/health", addresses=addresses).json()["region"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            return Unknown(f"it belongs to no region's own name, and who answers there is not known: {error}")
        owner = next((role for role, each in self._site.regions.items() if each.name == region), None)
        return Unknown(f"{region} answers there") if owner is None else Known(owner)

    def _shares_an_address(self, role: Role, addresses: tuple[str, ...]) -> bool:
        try:
            own = self._resolve(host_of(self._site.regions[role].endpoint_url)).addresses
        except (OSError, UnknownError, dns.exception.DNSException):
            return False
        return not set(own).isdisjoint(addresses)

    def _get(self, url: str, *, addresses: Sequence[str] = ()) -> Response:
        ask = partial(exchange, url, port=self._port, context=self._trust)
        limits = Timeouts(connect=self._seconds, answer=self._seconds)
        return first_answer(addresses or self._resolve(host_of(url)).addresses, ask, limits)

    def _resolve(self, host: str) -> _Answer:
        """Resolve without a cache."""
        chain = self._resolver.resolve(host, "A", search=False, raise_on_no_answer=False).response.resolve_chaining()
        if not chain.answer:
            raise UnknownError(f"{host} has no address")
        return _Answer(tuple(str(record) for record in chain.answer), chain.minimum_ttl)


def _says_unhealthy(answer: Response) -> bool:
    """Return whether the function itself (`handlers.payments.api`) reports it, not the gateway."""
    try:
        document = answer.json()
    except ValueError:
        return False
    return answer.status == _UNAVAILABLE and isinstance(document, dict) and document.get("status") == "unhealthy"


def host_of(url: str) -> str:
    """Return the host that a URL names."""
    return str(urlsplit(url).hostname)

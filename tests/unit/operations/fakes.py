"""What operations talk to, without sockets: clients that answer from a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.resolver
from botocore.exceptions import ClientError, EndpointConnectionError

from operations.aws import Aws

Answer = Callable[..., Any]


@dataclass
class FakeAws(Aws):
    """Answers calls by (service, region, operation), or (service, operation) for all regions; others do not connect."""

    answers: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    """Values, or functions of the call's parameters."""
    calls: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str, region: str) -> Any:
        return _Client(self, service, region)

    date: str = ""
    """The `Date` header of every answer; none if it is empty."""
    hears: Callable[[str, float], None] | None = None

    def hurried(
        self,
        *,
        connect_timeout: float = 1,
        read_timeout: float = 1,
        hears: Callable[[str, float], None] | None = None,
    ) -> "FakeAws":
        self.hears = hears
        return self

    def patient(self, *, attempts: int = 2, hears: Callable[[str, float], None] | None = None) -> "FakeAws":
        self.hears = hears
        return self


class _Client:
    def __init__(self, aws: FakeAws, service: str, region: str) -> None:
        self._aws, self._service, self._region = aws, service, region

    def __getattr__(self, operation: str) -> Answer:
        def call(**parameters: Any) -> Any:
            self._aws.calls.append((self._service, self._region, operation, parameters))
            for key in ((self._service, self._region, operation), (self._service, operation)):
                if key in self._aws.answers:
                    if self._aws.date and self._aws.hears is not None:
                        self._aws.hears(self._aws.date, 0.0)
                    answer = self._aws.answers[key]
                    return answer(**parameters) if callable(answer) else answer
            raise EndpointConnectionError(endpoint_url=f"https://{self._service}.{self._region}")

        return call


def silent_dns(*_: object, **__: object) -> Any:
    """Ask a DNS server that says nothing."""
    error: Any = dns.resolver.LifetimeTimeout  # without type information
    raise error(timeout=2.0, errors=[])


def refused(operation: str, code: str = "AccessDenied") -> Answer:
    """Return an answer that is AWS's refusal."""

    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    return refuse

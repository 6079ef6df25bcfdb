"""What makes a health check healthy: pure decisions about one check."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emulator.regions import CHECKER_REGIONS

HEALTHY_PERCENT = 18
"""More checkers than this must call an endpoint healthy (FACTS 2.1)."""

ENDPOINT_TYPES = frozenset({"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"})
CALCULATED, CLOUDWATCH_METRIC = "CALCULATED", "CLOUDWATCH_METRIC"

AlarmData = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
"""What an alarm's metric says now, whatever state the alarm has been set to (FACTS 2.7)."""

AlarmDataOf = Callable[[str, str, str], AlarmData]
"""Tells what the data of an alarm say, by the alarm's account, region and name."""

_DEFAULT_PORTS = {"HTTP": 80, "HTTPS": 443, "HTTP_STR_MATCH": 80, "HTTPS_STR_MATCH": 443}


@dataclass(frozen=True)
class HealthCheck:
    """The configuration of a health check, with the API's defaults filled in."""

    type: str
    domain_name: str | None = None
    ip_address: str | None = None
    port: int = 0
    path: str = "/"
    search_string: str | None = None
    interval_seconds: int = 30
    failure_threshold: int = 3
    enable_sni: bool = True
    regions: tuple[str, ...] = CHECKER_REGIONS
    children: tuple[str, ...] = ()
    health_threshold: int = 0
    alarm: tuple[str, str] | None = None
    """The alarm's region and name."""
    insufficient_data: str = "LastKnownStatus"
    inverted: bool = False
    disabled: bool = False
    measures_latency: bool = False

    @property
    def probes(self) -> bool:
        """Whether checkers send requests for it."""
        return self.type in ENDPOINT_TYPES and not self.disabled

    @property
    def uses_tls(self) -> bool:
        """Whether it speaks HTTPS."""
        return self.type.startswith("HTTPS")

    @property
    def host_header(self) -> str:
        """The Host header: without the port where that is the protocol's own."""
        host = self.domain_name or self.ip_address or ""
        return host if self.port == _DEFAULT_PORTS.get(self.type) else f"{host}:{self.port}"


def health_check(stored: Mapping[str, Any]) -> HealthCheck:
    """Return a configuration in MiniStack's shape, which is the API's, as what it means."""
    type_ = stored.get("Type", "")
    alarm = stored.get("AlarmIdentifier")
    path = stored.get("ResourcePath") or "/"
    return HealthCheck(
        type=type_,
        domain_name=stored.get("FullyQualifiedDomainName") or None,
        ip_address=stored.get("IPAddress") or None,
        port=stored.get("Port") or _DEFAULT_PORTS.get(type_, 0),
        path=path if path.startswith("/") else f"/{path}",
        search_string=stored.get("SearchString") or None,
        interval_seconds=stored.get("RequestInterval") or 30,
        failure_threshold=stored.get("FailureThreshold") or 3,
        enable_sni=stored.get("EnableSNI", True),
        regions=tuple(stored.get("Regions") or CHECKER_REGIONS),
        children=tuple(stored.get("ChildHealthChecks") or ()),
        health_threshold=stored.get("HealthThreshold") or 0,
        alarm=(alarm["Region"], alarm["Name"]) if alarm else None,
        insufficient_data=stored.get("InsufficientDataHealthStatus") or "LastKnownStatus",
        inverted=stored.get("Inverted", False),
        disabled=stored.get("Disabled", False),
        measures_latency=stored.get("MeasureLatency", False),
    )


class Opinion:
    """What one checker thinks of an endpoint: it changes its mind after so many results in a row that contradict.

    It begins as healthy, as Route 53 considers a new check to be until there is enough data. An inverted check is
    therefore unhealthy at first, which is documented, too.
    """

    def __init__(self) -> None:
        self.healthy = True
        self._contradicting = 0

    def observe(self, *, passed: bool, threshold: int) -> None:
        """Take in the result of one request."""
        self._contradicting = 0 if passed == self.healthy else self._contradicting + 1
        if self._contradicting >= threshold:
            self.healthy = passed
            self._contradicting = 0


class AlarmOpinion:
    """What the data of an alarm say about a check."""

    def __init__(self) -> None:
        self.healthy = True
        """A new check that never had data is healthy, as documented for the last known status."""

    def observe(self, data: AlarmData, insufficient_data: str) -> None:
        """Take in what the data say now."""
        if data == "INSUFFICIENT_DATA":
            match insufficient_data:
                case "Healthy":
                    self.healthy = True
                case "Unhealthy":
                    self.healthy = False
                case _:
                    pass  # the last known status
        else:
            self.healthy = data == "OK"


def enough(opinions: Collection[bool]) -> bool:
    """Return whether so many checkers call an endpoint healthy that it is; without checkers nothing contradicts."""
    return not opinions or sum(opinions) * 100 > len(opinions) * HEALTHY_PERCENT


def calculated(children: Iterable[bool], threshold: int) -> bool:
    """Return whether enough children are healthy; a threshold above their number is never reached, 0 always."""
    return sum(children) >= threshold


def status(check: HealthCheck, *, found: bool) -> bool:
    """Return whether a check is healthy, given what was found: disabled counts as healthy, then inversion applies.

    A disabled check is inverted nevertheless: that is how AWS says to take a resource out of service.
    """
    return (found or check.disabled) != check.inverted

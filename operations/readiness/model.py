"""The facts behind readiness, beside the topology: each region's deployment and its quotas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from operations.topology.model import Topology
from operations.topology.readings import Reading

SCHEDULED = (Function.TICKER, Function.READINESS_CHECK)
FED = (Function.RETRY_WORKER, Function.TRANSACTION_LOG)
"""What EventBridge runs, and what Lambda feeds from a queue or a stream."""


@dataclass(frozen=True)
class FunctionState:
    """One deployed function."""

    code_sha256: str
    memory_mb: int
    timeout_seconds: int
    active: bool
    """It can be invoked, and its last change has succeeded."""
    configuration: Mapping[str, object]
    """What else must be the same in both regions, with the names of the own region's resources taken out."""


@dataclass(frozen=True)
class Trigger:
    """What invokes a function: its schedule or its event source."""

    state: str
    """In AWS's own words, or "absent"."""
    configuration: Mapping[str, object]
    """What must be the same in both regions, with the names of the own region's resources taken out."""

    @property
    def works(self) -> bool:
        """Return whether it is enabled."""
        return self.state.upper() == "ENABLED"  # Lambda writes "Enabled"


@dataclass(frozen=True)
class Throttle:
    """A limit of requests: per second, and burst."""

    rate: float
    burst: int

    def covers(self, other: "Throttle") -> bool:
        """Return whether it allows at least as much as another."""
        return self.rate >= other.rate and self.burst >= other.burst


@dataclass(frozen=True)
class UsedCapacity:
    """The most that one region used in the last weeks."""

    writes_per_second: float
    """Of the payments table, in its busiest five minutes."""
    executions: int
    """Of the payment function at once."""


@dataclass(frozen=True)
class Stage:
    """The deployed stage of a region's API."""

    throttle: Throttle
    configuration: Mapping[str, object]
    """Its method settings, which must be the same in both regions."""


@dataclass(frozen=True)
class Table:
    """A region's replica of the table."""

    active: bool
    replicas: Mapping[str, str]
    """The status of the other replicas by region, as this one sees them."""
    configuration: Mapping[str, object]
    """What must be the same in both regions."""


@dataclass(frozen=True)
class Certificate:
    """A certificate as it is served."""

    expires_at: float
    """Seconds since the epoch."""
    problem: str = ""
    """Why clients refuse it; empty if they accept it."""


@dataclass(frozen=True)
class RegionFacts:
    """One region."""

    functions: Mapping[Function, Reading[FunctionState]]
    reserved_concurrency: Mapping[Function, Reading[int | None]]
    """Executions kept for a function; None shares the account's pool."""
    triggers: Mapping[Function, Reading[Trigger]]
    """Of all but the payment function, which the API invokes."""
    queues: Mapping[QueueKind, Reading[Mapping[str, str]]]
    """Attributes of each queue that must be the same in both regions."""
    account_concurrency: Reading[int]
    """How many executions of all functions the account may have at once in the region."""
    warm_writes: Reading[int]
    """Writes a second that the replica takes without a warning."""
    used: Reading[UsedCapacity]
    account_throttle: Reading[Throttle]
    stage: Reading[Stage]
    table: Reading[Table]
    certificates: Mapping[str, Reading[Certificate]]
    """What the region serves for each host that clients may name."""
    by_rule: Mapping[str, Reading[Any]] = field(default_factory=dict)
    """What each rule of the folder `rules` has read."""


@dataclass(frozen=True)
class Facts:
    """All facts that readiness is judged by."""

    topology: Topology
    regions: Mapping[Role, RegionFacts]


class CheckResult(StrEnum):
    """The result of a check; unknown is neither pass nor failure."""

    PASS = "pass"  # noqa: S105 — no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CheckFinding:
    """The finding of one check."""

    check: str
    verdict: CheckResult
    detail: str
    """What was found; for a failure what should be, and for an unknown one why it is."""
    remedy: str = ""
    """The command or the wait that ends it; empty for a pass."""

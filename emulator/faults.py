"""The state of all faults: what is injected, and what that means for a request, a link between regions, a function.

Pure and synchronous; everybody consults it, from any thread. How it takes effect is its readers' business.
"""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final, Literal

from emulator import fault_kinds
from emulator.fault_kinds import GLOBAL_SERVICES, BadFaultError
from emulator.regions import DEFAULT_REGION

Mode = Literal["up", "refuse", "hang"]
ReplicationKind = Literal["dynamodb", "s3"]
Moment = Literal["init", "invoke", "answer"]

ALL: Final = "all"
"""What `heal` takes for every fault."""


@dataclass(frozen=True)
class ActiveFault:
    """One injected fault."""

    id: str
    name: str
    values: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """Return it as reports show it."""
        given = {key: value for key, value in self.values.items() if value is not None}
        return {"id": self.id, "fault": self.name, **given}


@dataclass(frozen=True)
class Behaviour:
    """What a request to a region and service meets."""

    mode: Mode = "up"
    delay_seconds: float = 0.0
    """Emulated seconds."""
    error_share: float = 0.0


@dataclass(frozen=True)
class ReplicationRoute:
    """Replication from one region to another."""

    open: bool = True
    extra_delay_seconds: float = 0.0
    """Emulated seconds, on top of the usual lag."""


UP: Final = Behaviour()
OPEN: Final = ReplicationRoute()


class ActiveFaults:
    """The faults of one emulator, and the questions that its parts ask about them."""

    def __init__(self, *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._active: tuple[ActiveFault, ...] = ()  # replaced as a whole, so that readers need no lock
        self._numbers = count(1)
        self._random = random.Random(seed)  # noqa: S311 — repeatable, no secret
        self._observers: list[Callable[[], None]] = []

    # --- injecting and healing ---

    @property
    def active(self) -> tuple[ActiveFault, ...]:
        """The injected faults, oldest first."""
        return self._active

    def inject(self, name: str, /, **values: object) -> ActiveFault:
        """Let something go wrong until it is healed.

        Raises:
            BadFaultError: There is no such fault, or it cannot have such values.
        """
        valid = fault_kinds.read(name, values)
        with self._lock:
            fault = ActiveFault(f"{name}-{next(self._numbers)}", name, valid)
            self._active = (*self._active, fault)
        self._tell()
        return fault

    def heal(self, fault_id: str = ALL) -> tuple[ActiveFault, ...]:
        """End one fault by its id, or all of them; return what was healed.

        Raises:
            BadFaultError: No fault has that id.
        """
        with self._lock:
            healed = tuple(fault for fault in self._active if fault_id in (ALL, fault.id))
            if not healed and fault_id != ALL:
                known = [fault.id for fault in self._active]
                raise BadFaultError(f"no fault {fault_id!r} is injected{fault_kinds.nearest(fault_id, known)}")
            self._active = tuple(fault for fault in self._active if fault not in healed)
        self._tell()
        return healed

    def observe(self, changed: Callable[[], None]) -> None:
        """Call a function after every change, in the thread that makes it."""
        self._observers.append(changed)

    def _tell(self) -> None:
        for changed in self._observers:
            changed()

    # --- what the parts ask ---

    def reachable(self, region: str, service: str | None = None) -> bool:
        """Return whether requests to a region, or to one of its services, are answered."""
        return self.behaviour(region, service).mode == "up"

    def lets_through(self, region: str, service: str) -> bool:
        """Return whether what one service asks of another in its region goes through.

        The errors of a region as a whole do not strike here: they have had their chance at the client's request.
        """
        errors = self._named("region-errors", region=region, service=service)
        return self.reachable(region, service) and not any(self.strikes(each.values["share"]) for each in errors)

    def behaviour(self, region: str, service: str | None = None) -> Behaviour:
        """Return what a request to a region and service meets; without a service, what all of them meet."""
        if not self._active:
            return UP
        met = UP
        for fault in self._named("region-down", "service-down", "region-slow", "region-errors", region=region):
            values = fault.values
            # What befalls a region as a whole leaves the global services alone: they answer from everywhere.
            if values.get("service") not in ((service,) if service in GLOBAL_SERVICES else (None, service)):
                continue
            match fault.name:
                case "region-slow":
                    met = replace(met, delay_seconds=met.delay_seconds + values["seconds"])
                case "region-errors":
                    # Two causes of failure, independent of each other.
                    met = replace(met, error_share=1 - (1 - met.error_share) * (1 - values["share"]))
                case _:
                    # Nothing is more down than what refuses: it wins over hanging.
                    met = replace(met, mode="refuse" if "refuse" in (met.mode, values["mode"]) else "hang")
        return met

    def strikes(self, share: float) -> bool:
        """Draw whether one request is among the share that fails; a seed repeats the draws."""
        with self._lock:
            return self._random.random() < share

    def link(self, source: str, destination: str, kind: ReplicationKind | None = None) -> ReplicationRoute:
        """Return how replication from one region to another goes; closed, too, while either end is down.

        Without a kind, only what holds for DynamoDB and S3 alike counts.
        """
        if not self._active:
            return OPEN
        up = self.reachable(source, kind) and self.reachable(destination, kind) and self.calls(source, destination)
        delay = 0.0
        for fault in self._named("replication-paused", "replication-slow", source=source, destination=destination):
            if fault.values["kind"] in ("both", kind):
                up = up and fault.name != "replication-paused"
                delay += fault.values.get("seconds", 0.0)
        return ReplicationRoute(up, delay)

    def calls(self, source: str, destination: str) -> bool:
        """Return whether what runs in one region reaches another: no partition lies between, and none is isolated."""
        if source != destination and self._isolated(source, destination):
            return False
        for fault in self._named("partition"):
            ends = (fault.values["source"], fault.values["destination"])
            both = fault.values["direction"] == "both"
            if ends == (source, destination) or (both and ends == (destination, source)):
                return False
        return True

    def _isolated(self, *regions: str) -> bool:
        return any(fault.values["region"] in regions for fault in self._named("region-isolated"))

    def checker_sees(self, checker_region: str, endpoint_region: str) -> bool:
        """Return whether the health checkers of one region see the endpoints of another."""
        partial = self._named("checkers-partial", endpoint=endpoint_region)
        return all(checker_region not in fault.values["checkers"] for fault in partial)

    def running(self, region: str) -> bool:
        """Return whether the functions, schedules and event sources of a region run."""
        return not self._active or next(self._named("region-down", region=region), None) is None

    def crash(self, function: str, region: str) -> Moment | None:
        """Return when a function's process ends by itself; None for a function that works."""
        for fault in self._named("function-crash", function=function):
            if fault.values["region"] in (None, region):
                moment: Moment = fault.values["at"]
                return moment
        return None

    def certificate_days(self, region: str) -> float | None:
        """Return how many days a region's certificates have left; None while they last as long as they say."""
        return min((fault.values["days"] for fault in self._named("certificate-expiring", region=region)), default=None)

    def global_changes_allowed(self, service: str | None = None) -> bool:
        """Return whether IAM, Route 53 and buckets' settings can be changed: it takes us-east-1 (FACTS 2.9, 9.3)."""
        if not self.running(DEFAULT_REGION):
            return False
        down = self._named("control-plane-down")
        return all(service is not None and fault.values["service"] not in (None, service) for fault in down)

    def _named(self, *names: str, **values: str) -> Iterator[ActiveFault]:
        for fault in self._active:
            if fault.name in names and all(fault.values[key] == value for key, value in values.items()):
                yield fault


__all__ = ["ALL", "ActiveFault", "ActiveFaults", "BadFaultError", "Behaviour", "ReplicationRoute"]

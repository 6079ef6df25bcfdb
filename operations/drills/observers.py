"""What a drill looks at again and again: each kind of sample in a thread of its own, so that none waits for another."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract.roles import Role
from handlers.writer.item import MalformedWriterError, Writer, read_writer
from operations.aws import Aws
from operations.clock import OperationsClock, at_least
from operations.drills.events import (
    AlarmSample,
    AliasSample,
    BehindSample,
    DnsSample,
    ProbeSample,
    WriterSample,
)
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.publishing import VersionPublisher
from operations.drills.replicas import Replicas
from operations.endpoints import EndpointSettings
from operations.site import Site
from operations.topology.asking import UNREADABLE, reason
from operations.topology.edge import EdgeReader
from operations.topology.model import AlarmState
from operations.topology.readings import Known
from operations.topology.regional import RegionReader

_TIMEOUT_SECONDS = 2.0
_MOST_LOOKED_UP = 25


@dataclass(frozen=True)
class Observer:
    """One kind of sample, and how often it is taken: emulated seconds, and real ones at least."""

    sample: Callable[[], None]
    seconds: float
    real_seconds: float

    def run(self, stop: threading.Event, clock: OperationsClock) -> None:
        """Take samples until told to stop."""
        pause = at_least(self.seconds, real=self.real_seconds, scale=clock.scale)
        while not stop.is_set():
            self.sample()
            clock.sleep(pause)


class Observers:
    """Observes a site and records what it sees; what cannot be read is recorded with the reason."""

    def __init__(
        self,
        *,
        site: Site,
        aws: Aws,
        surroundings: EndpointSettings,
        clock: OperationsClock,
        log: EventLog,
        ledger: Ledger,
        publisher: VersionPublisher | None = None,
    ) -> None:
        hurried = aws.hurried(connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS)
        self._site, self._aws, self._log, self._ledger = site, hurried, log, ledger
        self._edge = EdgeReader(site, hurried, surroundings, seconds=_TIMEOUT_SECONDS)
        self._regions = {role: RegionReader(site, role, hurried, clock) for role in Role}
        self._replicas = Replicas(site, hurried)
        self._publisher = publisher
        self._whose: dict[str, Role] = {}

    def whose(self, address: str) -> Role | None:
        """Return whose region's an address is, as far as DNS has told."""
        return self._whose.get(address)

    def all(self) -> list[Observer]:
        """Return what is to be run."""
        return [
            Observer(self._dns, 1, 0.1),
            *(Observer(partial(self._probes, role), 5, 0.5) for role in Role),
            *(Observer(partial(self._writer, role), 1, 0.3) for role in Role),
            *(Observer(partial(self._behind, role), 2, 0.3) for role in Role),
            *(Observer(partial(self._alarms, role), 10, 1) for role in Role),
            *(Observer(partial(self._alias, role), 1, 0.5) for role in Role if self._publisher is not None),
        ]

    def _dns(self) -> None:
        seen: dict[str, Any]
        try:
            answer = self._edge.dns(str(self._site.failover_endpoint_url))
            role = answer.role.value if isinstance(answer.role, Known) else None
            seen = {"addresses": answer.addresses, "role": role, "error": getattr(answer.role, "reason", "")}
            if role is not None:
                self._whose.update(dict.fromkeys(answer.addresses, role))
        except UNREADABLE as error:
            seen = {"error": reason(error)}
        self._log.record(DnsSample, **seen)

    def _probes(self, role: Role) -> None:
        for path, ask in (("/health", self._edge.health), ("/writer", self._edge.owns)):
            seen: dict[str, Any]
            try:
                seen = {"ok": ask(role)}
            except UNREADABLE as error:
                seen = {"error": reason(error)}
            self._log.record(ProbeSample, role=role, path=path, **seen)

    def _writer(self, replica: Role) -> None:
        seen: dict[str, Any]
        try:
            client = self._aws.client("dynamodb", self._site.regions[replica].name)
            seen = _writer_as_seen(self._site, read_writer(client, self._site.control_table_name))
        except (*UNREADABLE, MalformedWriterError) as error:
            seen = {"error": reason(error)}
        self._log.record(WriterSample, replica=replica, **seen)

    def _behind(self, replica: Role) -> None:
        """Look up payments that a replica is not known to hold, the oldest first, until some are missing."""
        seen: dict[str, Any]
        missing: set[str] = set()
        try:
            while awaited := self._ledger.awaited(replica)[:_MOST_LOOKED_UP]:
                missing = set(self._replicas.missing(replica, [each.payment for each in awaited]))
                for each in awaited:
                    if each.payment not in missing:
                        self._ledger.arrived(replica, each.payment)
                if missing:
                    break
            left = self._ledger.awaited(replica)
            oldest = next((each.at for each in awaited if each.payment in missing), None)
            now = self._log.elapsed()
            seen = {
                "payments": len(missing) if len(awaited) < _MOST_LOOKED_UP else len(left),
                "seconds": 0.0 if oldest is None else round(now - oldest, 3),
            }
        except UNREADABLE as error:
            seen = {"error": reason(error)}
        self._log.record(BehindSample, replica=replica, **seen)

    def _alarms(self, role: Role) -> None:
        seen: dict[str, Any]
        try:
            alarms = self._regions[role].alarms()
            seen = {"firing": tuple(sorted(each.name for each in alarms if each.state is AlarmState.ALARM))}
        except UNREADABLE as error:
            seen = {"error": reason(error)}
        self._log.record(AlarmSample, role=role, **seen)

    def _alias(self, role: Role) -> None:
        seen: dict[str, Any]
        try:
            if self._publisher is None:
                return
            alias = self._publisher.alias(role)
            seen = {"version": alias.version, "weights": alias.weights}
        except UNREADABLE as error:
            seen = {"error": reason(error)}
        self._log.record(AliasSample, role=role, **seen)


def _writer_as_seen(site: Site, writer: Writer | None) -> dict[str, Any]:
    if writer is None:
        return {"error": "there is no writer item"}
    return {
        "owner": site.role_of(writer.region),
        "epoch": writer.epoch,
        "state": writer.state,
        "closing": writer.kind,
        "automatic": writer.automatic,
        "by": writer.by,
    }

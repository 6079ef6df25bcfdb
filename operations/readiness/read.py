"""Reads all facts of readiness concurrently; what does not answer in time is unknown."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.endpoints import EndpointSettings
from operations.readiness.capacity import CapacityReader
from operations.readiness.certificates import Visitor
from operations.readiness.model import (
    FED,
    SCHEDULED,
    Certificate,
    Facts,
    FunctionState,
    RegionFacts,
    Stage,
    Table,
    Throttle,
    Trigger,
    UsedCapacity,
)
from operations.readiness.regional import DeploymentReader
from operations.readiness.rules import RULES
from operations.site import Site
from operations.topology.asking import PendingRead, ask_each, readings
from operations.topology.edge import EdgeReader, host_of
from operations.topology.read import read_topology

SECONDS = 8.0
"""How long each of the two rounds may take; nobody waits at a screen for this command."""


def read_facts(
    site: Site, aws: Aws, surroundings: EndpointSettings, clock: OperationsClock, *, seconds: float = SECONDS
) -> Facts:
    """Read the topology and the deployments; what cannot be read is unknown, not an error."""
    edge = EdgeReader(site, aws, surroundings, seconds=seconds)
    readers = {role: DeploymentReader(site, site.regions[role], aws) for role in Role}
    for reader in readers.values():
        reader.prepare()
    visitor = Visitor(edge, surroundings, seconds=seconds)
    asked = {role: _AskedRegion.ask(site, role, aws, reader, visitor, clock) for role, reader in readers.items()}
    topology = read_topology(site, aws, surroundings, clock, seconds=seconds)
    until = time.monotonic() + seconds
    return Facts(topology=topology, regions={role: each.facts(until) for role, each in asked.items()})


@dataclass(frozen=True)
class _AskedRegion:
    """The pending reads of one region."""

    functions: Mapping[Function, PendingRead[FunctionState]]
    reserved_concurrency: Mapping[Function, PendingRead[int | None]]
    triggers: Mapping[Function, PendingRead[Trigger]]
    queues: Mapping[QueueKind, PendingRead[Mapping[str, str]]]
    account_concurrency: PendingRead[int]
    warm_writes: PendingRead[int]
    used: PendingRead[UsedCapacity]
    account_throttle: PendingRead[Throttle]
    stage: PendingRead[Stage]
    table: PendingRead[Table]
    certificates: Mapping[str, PendingRead[Certificate]]
    by_rule: Mapping[str, PendingRead[Any]]

    @classmethod
    def ask(
        cls,
        site: Site,
        role: Role,
        aws: Aws,
        reader: DeploymentReader,
        visitor: Visitor,
        clock: OperationsClock,
    ) -> "_AskedRegion":
        # Each region also serves the failover name, with the certificate that the standby will need.
        hosts = [host_of(url) for url in (site.regions[role].endpoint_url, site.failover_endpoint_url) if url]
        capacity = CapacityReader(site, site.regions[role], aws, clock)
        return cls(
            functions=ask_each(reader.function, Function),
            reserved_concurrency=ask_each(reader.reserved_concurrency, Function),
            triggers=ask_each(reader.trigger, (*SCHEDULED, *FED)),
            queues=ask_each(reader.queue, QueueKind),
            account_concurrency=PendingRead(reader.account_concurrency),
            warm_writes=PendingRead(capacity.warm_writes),
            used=PendingRead(capacity.used),
            account_throttle=PendingRead(reader.account_throttle),
            stage=PendingRead(reader.stage),
            table=PendingRead(reader.table),
            certificates=ask_each(partial(visitor.certificate, role), hosts),
            by_rule=ask_each(lambda name: RULES[name].read(site, site.regions[role], aws), RULES),
        )

    def facts(self, until: float) -> RegionFacts:
        return RegionFacts(
            functions=readings(self.functions, until),
            reserved_concurrency=readings(self.reserved_concurrency, until),
            triggers=readings(self.triggers, until),
            queues=readings(self.queues, until),
            account_concurrency=self.account_concurrency.reading(until),
            warm_writes=self.warm_writes.reading(until),
            used=self.used.reading(until),
            account_throttle=self.account_throttle.reading(until),
            stage=self.stage.reading(until),
            table=self.table.reading(until),
            certificates=readings(self.certificates, until),
            by_rule=readings(self.by_rule, until),
        )

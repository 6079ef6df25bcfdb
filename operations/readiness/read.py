"""Reads all that readiness is judged by, at once; what does not answer in time is unknown."""

import time
from dataclasses import dataclass

from handlers.environment import Function
from operations.aws import Aws
from operations.clock import Clock
from operations.readiness.certificates import Visitor
from operations.readiness.model import Certificate, Facts, FunctionState, RegionFacts, Stage, Table, Throttle
from operations.readiness.regional import DeploymentReader
from operations.site import Role, Site
from operations.surroundings import Surroundings
from operations.topology.asking import Asked
from operations.topology.edge import EdgeReader, host_of
from operations.topology.read import read_topology

SECONDS = 8.0
"""How long each of the two rounds may take; nobody waits at a screen for this command."""


def read_facts(site: Site, aws: Aws, surroundings: Surroundings, clock: Clock, *, seconds: float = SECONDS) -> Facts:
    """Read the topology and what is deployed; never raises for what cannot be read."""
    edge = EdgeReader(site, aws, surroundings, seconds=seconds)
    readers = {role: DeploymentReader(site, site.regions[role], aws) for role in Role}
    for reader in readers.values():
        reader.prepare()
    visitor = Visitor(edge, surroundings, seconds=seconds)
    asked = {role: _AskedRegion.ask(site, role, reader, visitor) for role, reader in readers.items()}
    topology = read_topology(site, aws, surroundings, clock, seconds=seconds)
    until = time.monotonic() + seconds
    return Facts(topology=topology, regions={role: each.facts(until) for role, each in asked.items()})


@dataclass(frozen=True)
class _AskedRegion:
    """What one region has been asked."""

    functions: dict[Function, Asked[FunctionState]]
    reserved_concurrency: dict[Function, Asked[int | None]]
    account_concurrency: Asked[int]
    account_throttle: Asked[Throttle]
    stage: Asked[Stage]
    table: Asked[Table]
    point_in_time_recovery: Asked[bool]
    certificates: dict[str, Asked[Certificate]]

    @classmethod
    def ask(cls, site: Site, role: Role, reader: DeploymentReader, visitor: Visitor) -> "_AskedRegion":
        # Each region also serves the failover name: its certificate there is what the standby will need.
        urls = [site.regions[role].endpoint_url, site.failover_endpoint_url]
        return cls(
            functions={function: _ask_function(reader, function) for function in Function},
            reserved_concurrency={function: _ask_reserved(reader, function) for function in Function},
            account_concurrency=Asked(reader.account_concurrency),
            account_throttle=Asked(reader.account_throttle),
            stage=Asked(reader.stage),
            table=Asked(reader.table),
            point_in_time_recovery=Asked(reader.point_in_time_recovery),
            certificates={host_of(url): _ask_certificate(visitor, role, host_of(url)) for url in urls if url},
        )

    def facts(self, until: float) -> RegionFacts:
        return RegionFacts(
            functions={function: asked.reading(until) for function, asked in self.functions.items()},
            reserved_concurrency={
                function: asked.reading(until) for function, asked in self.reserved_concurrency.items()
            },
            account_concurrency=self.account_concurrency.reading(until),
            account_throttle=self.account_throttle.reading(until),
            stage=self.stage.reading(until),
            table=self.table.reading(until),
            point_in_time_recovery=self.point_in_time_recovery.reading(until),
            certificates={host: asked.reading(until) for host, asked in self.certificates.items()},
        )


def _ask_function(reader: DeploymentReader, function: Function) -> Asked[FunctionState]:
    return Asked(lambda: reader.function(function))


def _ask_reserved(reader: DeploymentReader, function: Function) -> Asked[int | None]:
    return Asked(lambda: reader.reserved_concurrency(function))


def _ask_certificate(visitor: Visitor, role: Role, host: str) -> Asked[Certificate]:
    return Asked(lambda: visitor.certificate(role, host))

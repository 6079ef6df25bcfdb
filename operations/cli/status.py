"""`dr status`: who takes payments, and everything that decides it, on one screen."""

import json
from collections.abc import Iterator
from typing import Any

import typer

from operations.cli.exit_status import DONE, FAILED
from operations.cli.options import Output, Session, with_session
from operations.topology.document import document
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.topology.readings import Known, Reading
from operations.topology.show import show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


@with_session
def status(session: Session) -> int:
    """Show who takes payments, and health, tickers, DNS, replication, queues and alarms of both regions.

    What cannot be read is shown as unknown, with the reason. The exit status is 0 when anything could be read, whatever
    it says, and 1 when nothing could: `dr readiness` is the command that judges.
    """
    topology = read_topology(session.site, session.aws, session.surroundings, session.clock)
    if session.output is Output.JSON:
        print(json.dumps(document(topology), indent=2))
    else:
        session.console.print(show(topology, surroundings=session.label))
    return DONE if any(isinstance(reading, Known) for reading in _readings(topology)) else FAILED


def show_topology(session: Session) -> dict[str, Any]:
    """Show people how things are, before and after what a command does, and return it for the command's JSON."""
    topology = read_topology(session.site, session.aws, session.surroundings, session.clock)
    session.console.print(show(topology, surroundings=session.label))
    return document(topology)


def _readings(topology: Topology) -> Iterator[Reading[object]]:
    yield from topology.health_checks.values()
    yield from topology.lag.values()
    if topology.dns is not None:
        yield topology.dns
    for state in topology.regions.values():
        yield from (state.control, state.remembered, state.owns, state.health, state.ticker, state.glass, state.alarms)
        yield from (*state.heartbeats.values(), *state.queues.values())

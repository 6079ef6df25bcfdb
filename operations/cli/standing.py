"""Shows who takes payments, which every command does first."""

from typing import Any

from operations.cli.session import Session
from operations.topology.document import document
from operations.topology.model import Topology
from operations.topology.read import SECONDS, read_topology
from operations.topology.writer_history import begun
from operations.verdict.judge import judge
from operations.verdict.model import TrafficVerdict
from operations.verdict.show import show_verdict
from operations.verdict.typed import with_options


def verdict_on(session: Session, topology: Topology) -> TrafficVerdict:
    """Return the verdict on a fresh topology."""
    verdict = judge(topology, begun=begun(topology, session.aws, seconds=SECONDS))
    return with_options(verdict, session.given_options)


def verdict_document(verdict: TrafficVerdict) -> dict[str, Any]:
    """Return a verdict as `docs/verdict.schema.json` describes it."""
    return verdict.model_dump(mode="json", by_alias=True)


def standing_document(topology: Topology, verdict: TrafficVerdict) -> dict[str, Any]:
    """Return the verdict and the topology behind it."""
    return {"verdict": verdict_document(verdict), **document(topology)}


def show_topology(session: Session) -> dict[str, Any]:
    """Show the verdict before or after a command's action, and return it with its topology for JSON."""
    topology = read_topology(session.site, session.aws, session.surroundings, session.clock)
    verdict = verdict_on(session, topology)
    session.console.print(show_verdict(verdict))
    return standing_document(topology, verdict)
